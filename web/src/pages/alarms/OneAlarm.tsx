// One alarm: how bad, since when, who sees to it, why, and who was told; and what can be done about it.
import { useEffect, useRef, useState } from 'react';
import type { Act, Alarm } from '../../api/alarms';
import { say } from '../../api/entity';
import { Link, entityAddress } from '../../app/route';
import { ago, aside, dateTime, listed, t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { Field, Reference } from '../../ui/parts';

export const severityKeys = { critical: 'form.severity.critical', major: 'form.severity.major', minor: 'form.severity.minor', warning: 'form.severity.warning' } as const;
const statusKeys = { raised: 'alarms.raised', acknowledged: 'alarms.acknowledged', shelved: 'alarms.shelved', cleared: 'alarms.cleared' } as const;
const wayKeys = { mail: 'alarms.way.mail', push: 'alarms.way.push', webhook: 'alarms.way.webhook' } as const;
const shelves = [['30', 'alarms.for.30'], ['60', 'alarms.for.60'], ['480', 'alarms.for.480'], ['1440', 'alarms.for.1440'], ['10080', 'alarms.for.10080']] as const;
// Each has a shape of its own: nobody needs the colour.
const shapes = { critical: 'M8 1h8l7 7v8l-7 7H8l-7-7V8z', major: 'M12 2 23 22H1z', minor: 'M12 1l11 11-11 11L1 12z', warning: 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20z' } as const;

export function Severity({ severity }: { severity: Alarm['severity'] }) {
  return <span className={`severity ${severity}`}><svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true"><path d={shapes[severity]} /></svg><Text k={severityKeys[severity]} /></span>;
}
export const wayName = (way: keyof typeof wayKeys): string => t(wayKeys[way]);

export function OneAlarm({ alarm: a, chosen, act }: { alarm: Alarm; chosen: boolean; act: (what: Act, more?: { note?: string; minutes?: number }) => Promise<void> }) {
  const [busy, setBusy] = useState(false), [minutes, setMinutes] = useState('60'), [note, setNote] = useState(''), place = useRef<HTMLLIElement>(null), text = say(a.text);
  useEffect(() => { if (chosen) { place.current?.scrollIntoView({ block: 'center' }); place.current?.focus(); } }, [chosen]);
  const run = (what: Act, more?: { note?: string; minutes?: number }) => {
    setBusy(true);
    void act(what, more).finally(() => setBusy(false));
  };
  const named = <span className="hidden-text"> {text}</span>;
  return (
    <li className={`visit alarm ${a.severity} ${a.status}`} ref={place} tabIndex={chosen ? -1 : undefined} aria-current={chosen || undefined}>
      <h3><Severity severity={a.severity} /> {text}</h3>
      <p className="alarm-facts">
        <span className={`tag ${a.status === 'raised' ? 'waits' : ''}`}><Text k={statusKeys[a.status]} /></span>
        <span><Reference id={a.entity} /></span>
        <span><Text k="alarms.since" values={{ at: dateTime(a.raisedAt) }} />{aside(ago(a.raisedAt))}</span>
        {a.count > 1 && <span><Text k="alarms.times" values={{ n: a.count }} /></span>}
        {a.status === 'acknowledged' && <span><Text k="alarms.by" values={{ name: a.acknowledgedBy ?? '', at: dateTime(a.acknowledgedAt ?? a.raisedAt) }} /></span>}
        {a.status === 'shelved' && <span><Text k="alarms.until" values={{ name: a.shelvedBy ?? '', at: dateTime(a.shelvedUntil ?? a.raisedAt) }} /></span>}
        {a.clearedAt && <span><Text k="alarms.over" values={{ at: dateTime(a.clearedAt) }} /></span>}
      </p>
      {a.note && <p className="alarm-note">{a.note}</p>}
      {a.status === 'cleared' ? <p><button type="button" className="small" disabled={busy} onClick={() => run('reopen')}><Text k="alarms.reopen" />{named}</button></p> : (
        <div className="tools alarm-acts">
          {a.status === 'acknowledged' ? <button type="button" disabled={busy} onClick={() => run('reopen')}><Text k="alarms.reopen" />{named}</button> : <button type="button" className="primary" disabled={busy} onClick={() => run('acknowledge', note ? { note } : {})}><Text k="alarms.acknowledge" />{named}</button>}
          <button type="button" disabled={busy} onClick={() => run('clear')}><Text k="alarms.clear" />{named}</button>
          {a.status === 'shelved' ? <button type="button" disabled={busy} onClick={() => run('reopen')}><Text k="alarms.reopen" />{named}</button> : (
            <span className="alarm-shelve">
              <select value={minutes} aria-label={`${t('alarms.for')}: ${text}`} onChange={(e) => setMinutes(e.target.value)}>{shelves.map(([value, key]) => <option key={value} value={value}>{t(key)}</option>)}</select>
              <button type="button" disabled={busy} onClick={() => run('shelve', { minutes: Number(minutes) })}><Text k="alarms.shelve" />{named}</button>
            </span>
          )}
        </div>
      )}
      <details open={chosen}>
        <summary><Text k="alarms.more.about" values={{ n: a.notices.length }} />{named}</summary>
        <dl className="facts">
          <div><dt><Text k="alarms.reason" /></dt><dd>{say(a.reason)}</dd></div>
        </dl>
        <h4><Text k="alarms.told" /></h4>
        {!a.notices.length && !a.waiting?.length ? <p><Text k="alarms.told.none" /></p> : (
          <ul className="events">{a.notices.map((n, i) => (
            <li key={i}><time>{dateTime(n.at)}</time>{n.way ? <>{n.person} · {wayName(n.way)} · <strong className={n.fault ? 'told-failed' : 'told-ok'}><Text k={n.fault ? 'alarms.told.failed' : 'alarms.told.ok'} /></strong></> : <Text k="alarms.nobody" />}{n.fault && <small className="block">{n.fault}</small>}</li>
          ))}</ul>
        )}
        {!!a.waiting?.length && <p><Text k="alarms.waiting" values={{ names: listed(a.waiting) }} /></p>}
        {a.nextCallAt && a.status === 'raised' && <p><Text k="alarms.next" values={{ at: dateTime(a.nextCallAt) }} /></p>}
        {a.status === 'raised' && <Field label={<Text k="alarms.note" />}><input value={note} maxLength={300} onChange={(e) => setNote(e.target.value)} onKeyDown={(e) => e.key === 'Enter' && run('acknowledge', { note })} /></Field>}
        <p className="links"><Link to={entityAddress(a.id)}><Text k="alarms.record" />{named}</Link></p>
      </details>
    </li>
  );
}
