// What a rule would have done, before it is switched on; and what it did.
import { useState } from 'react';
import { type Draft, type RuleTrial, records, tryRule } from '../../api/automation';
import { say } from '../../api/entity';
import { useAnswer } from '../../api/useAnswer';
import { dateTime, number, t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { Called } from '../../ui/Called';
import { Empty, Failure, Field, Figure, Loading } from '../../ui/parts';

const days = [1, 7, 30, 120] as const;
const most = 100;

export function Trial({ draft }: { draft: Draft }) {
  const [found, setFound] = useState<RuleTrial | null>(null), [error, setError] = useState<Error | null>(null), [busy, setBusy] = useState(false), [back, setBack] = useState(7);
  const go = () => {
    setBusy(true);
    setError(null);
    setFound(null);
    tryRule(draft, new Date(Date.now() - back * 86400e3).toISOString()).then(setFound, setError).finally(() => setBusy(false));
  };
  return (
    <section className="card" aria-labelledby="try-title">
      <h2 id="try-title"><Text k="try.title" /></h2>
      <p><Text k="try.lead" /></p>
      <div className="tools">
        <Field label={<Text k="try.days" />}><select value={back} onChange={(e) => setBack(Number(e.target.value))}>{days.map((d) => <option key={d} value={d}>{t('try.day', { n: d })}</option>)}</select></Field>
        <button type="button" className="primary" disabled={busy} onClick={go}><Text k="try.do" /></button>
      </div>
      {busy && <Loading />}
      {error && <Failure error={error} />}
      {found && (
        <div role="status">
          <p className="state big"><Text k={found.fired ? 'try.fired' : 'try.never'} values={{ n: found.fired, entities: found.entities }} /></p>
          {!found.complete && <p className="notice"><Text k="try.part" /></p>}
          <dl className="figures">
            <Figure name={<Text k="rules.event.ended" />} value={number(found.ended)} />
            <Figure name={<Text k="rules.event.safe" />} value={number(found.safe)} />
            <Figure name={<Text k="rules.event.refused" />} value={number(found.refused)} />
            <Figure name={<Text k="try.hours" />} value={number(found.activeHours, 1)} />
          </dl>
          <ol className="events" aria-label={t('try.events')}>
            {found.events.slice(0, most).map((e, i) => <li key={i}><time dateTime={e.at}>{dateTime(e.at)}</time><span className="tag">{t(`rules.event.${e.event}` as 'rules.event.fired')}</span> <Called id={e.entity} /><small className="block">{say(e.reason)}</small></li>)}
          </ol>
        </div>
      )}
    </section>
  );
}

export function Records({ name }: { name: string }) {
  const found = useAnswer(`records ${name}`, (signal) => records(name, signal));
  return (
    <section aria-labelledby="records-title">
      <div className="tools"><h2 id="records-title"><Text k="records.title" /></h2><button type="button" className="small" onClick={found.again}><Text k="records.again" /></button></div>
      {!found.data ? found.error ? <Failure error={found.error} again={found.again} /> : <Loading /> : !found.data.length ? <Empty title={<Text k="records.none" />} /> : (
        <ol className="events">
          {found.data.map((r, i) => (
            <li key={i}>
              <time dateTime={r.at}>{dateTime(r.at)}</time><span className="tag">{t(`rules.event.${r.event}` as 'rules.event.fired')}</span> <Called id={r.entity} />
              <span className="block">{say(r.reason)}</span>
              {r.actions.map((a, j) => <small key={j} className="block"><span className={a.ok ? 'dot good' : 'dot bad'} /> {say(a.what)} {a.fault}</small>)}
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
