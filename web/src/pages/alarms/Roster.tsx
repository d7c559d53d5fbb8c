// Who is called for which alarm: a text, looked at before it holds.
import '../policies/policies.css';
import { useEffect, useState } from 'react';
import { type Duties, checkRoster, roster, saveRoster } from '../../api/alarms';
import { minutesOf } from '../../api/automation';
import { ApiError } from '../../api/client';
import { useAnswer } from '../../api/useAnswer';
import { listed, t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { Failure, Loading } from '../../ui/parts';
import { severityKeys, wayName } from './OneAlarm';

export function Roster() {
  const kept = useAnswer('roster', roster);
  if (kept.data === undefined) return kept.error ? <Failure error={kept.error} again={kept.again} /> : <Loading />;
  return <Edit kept={kept.data} />;
}

/** "roster:4: what is wrong": the program's words for a line. */
const lineOf = (error: Error | null): number => (error instanceof ApiError && error.status === 400 ? Number(/^roster:(\d+):/.exec(error.message)?.[1] ?? 0) : 0);

function Edit({ kept }: { kept: string }) {
  const [text, setText] = useState(kept), [duties, setDuties] = useState<Duties | null>(null), [error, setError] = useState<Error | null>(null), [saved, setSaved] = useState(false), [busy, setBusy] = useState(false);
  const act = (work: () => Promise<unknown>) => {
    setBusy(true);
    setError(null);
    setSaved(false);
    work().catch((e: Error) => { setError(e); setDuties(null); }).finally(() => setBusy(false));
  };
  const look = () => checkRoster(text).then(setDuties);
  useEffect(() => { if (kept) void checkRoster(kept).then(setDuties, () => undefined); }, [kept]);
  const wrong = lineOf(error);
  return (
    <>
      <p><Text k="roster.lead" /></p>
      {!text.trim() && <div className="notice"><p><Text k="roster.none" /></p><button type="button" className="small" onClick={() => setText(t('roster.sample.text'))}><Text k="roster.sample" /></button></div>}
      <div className="editor roster-editor"><div className="editor-lines" aria-hidden="true">{text.split('\n').map((_, i) => <span key={i} className={i + 1 === wrong ? 'wrong-line' : undefined}>{i + 1}</span>)}</div><textarea value={text} aria-label={t('roster.text')} aria-invalid={wrong > 0 || undefined} wrap="off" spellCheck={false} rows={Math.max(8, text.split('\n').length + 1)} onChange={(e) => { setText(e.target.value); setSaved(false); }} /></div>
      {wrong ? <div className="failure" role="alert"><p className="empty-title"><Text k="roster.wrong" values={{ line: wrong }} /></p><p>{error!.message.replace(/^roster:\d+:\s*/, '')}</p></div> : error && <Failure error={error} />}
      <p className="links">
        <button type="button" disabled={busy} onClick={() => act(look)}><Text k="roster.check" /></button>
        <button type="button" className="primary" disabled={busy} onClick={() => act(() => saveRoster(text).then(() => { setSaved(true); return look(); }))}><Text k="action.save" /></button>
      </p>
      <p role="status">{saved && <Text k="roster.saved" />}</p>
      {duties && duties.duties.length > 0 && <Understood duties={duties} />}
    </>
  );
}

function Understood({ duties: { duties } }: { duties: Duties }) {
  return (
    <section aria-labelledby="roster-understood">
      <h2 id="roster-understood"><Text k="roster.understood" /></h2>
      <div className="cards">
        {duties.map((d, i) => (
          <section key={i} className="card" aria-labelledby={`duty-${i}`}>
            <h3 id={`duty-${i}`}>{d.name}</h3>
            <p>{d.rules.length ? listed(d.rules) : <Text k="roster.all" />} · <Text k="roster.from" values={{ severity: t(severityKeys[d.severity]) }} /></p>
            <ol className="events">
              {d.steps.map((s, j) => {
                const minutes = Math.round(minutesOf(s.after) ?? 0);
                return (
                  <li key={j}>
                    <strong>{minutes ? <Text k="roster.after" values={{ n: minutes }} /> : <Text k="roster.at.once" />}</strong>
                    <ul>{s.people.map((p, k) => <li key={k}>{p.name} · {listed(p.ways.map(wayName))} {p.onDuty && <span className="tag on-duty"><Text k="roster.now" /></span>}</li>)}</ul>
                  </li>
                );
              })}
            </ol>
          </section>
        ))}
      </div>
    </section>
  );
}
