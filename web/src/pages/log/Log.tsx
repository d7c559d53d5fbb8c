// The whole log, for those who audit: search, export, and the proof that nothing was taken out of it.
import '../my-data/my-data.css';
import { useEffect, useState } from 'react';
import { endOfDay } from '../../api/account';
import { withQuery } from '../../api/client';
import { say } from '../../api/entity';
import { type LogEvent, type LogPage, type LogQuery, kindsOf, proof, search } from '../../api/log';
import { useAnswer } from '../../api/useAnswer';
import { address, go, usePlace } from '../../app/route';
import { dateTime, named, number, t, time } from '../../i18n/text';
import { Name, Text } from '../../i18n/Text';
import { Gate } from '../../ui/Gate';
import { Empty, Failure, Field, Loading } from '../../ui/parts';

const kinds = ['access', 'denied', 'sign-in', 'sign-out', 'account', 'policy', 'consent', 'emergency', 'tenant', 'operation'] as const;

export default function Log() {
  return <><h1><Text k="log.title" /></h1><Gate may={['audit']}>{() => <Found />}</Gate></>;
}

const startOfDay = (day: string) => (day ? new Date(`${day}T00:00:00+09:00`).toISOString().replace('.000', '') : '');

function Found() {
  const { query } = usePlace(), one = (name: string) => query.get(name) ?? '';
  const asked: LogQuery = { q: one('q'), person: one('person'), subject: one('subject'), kind: one('kind'), since: startOfDay(one('since')), until: endOfDay(one('until')) }, key = JSON.stringify(asked);
  const first = useAnswer(`log ${key}`, (signal) => search(asked, undefined, signal));
  const [older, setOlder] = useState<LogPage | null>(null), [error, setError] = useState<Error | null>(null);
  useEffect(() => setOlder(null), [key, first.data]);
  const events = [...(first.data?.events ?? []), ...(older?.events ?? [])], more = (older ?? first.data)?.more;
  const next = () => {
    setError(null);
    search(asked, more ?? undefined).then((page) => setOlder({ ...page, events: [...(older?.events ?? []), ...page.events] }), setError);
  };
  return (
    <>
      <p className="lead"><Text k="log.lead" /></p>
      <form className="tools" role="search" key={key} onSubmit={(e) => { e.preventDefault(); go(address('/trust/log', Object.fromEntries([...new FormData(e.currentTarget)].map(([k, v]) => [k, String(v).trim()])))); }}>
        <Field label={<Text k="log.q" />}><input type="search" name="q" defaultValue={one('q')} /></Field>
        <Field label={<Text k="log.person" />}><input name="person" defaultValue={one('person')} autoCapitalize="none" spellCheck={false} /></Field>
        <Field label={<Text k="log.subject" />}><input name="subject" defaultValue={one('subject')} autoCapitalize="none" spellCheck={false} /></Field>
        <Field label={<Text k="log.kind" />}><select name="kind" defaultValue={one('kind')}><option value="">{t('type.all')}</option>{kinds.map((k) => <option key={k} value={k}>{t(`log.kind.${k}`)}</option>)}</select></Field>
        <Field label={<Text k="log.since" />}><input type="date" name="since" defaultValue={one('since')} /></Field>
        <Field label={<Text k="log.until" />}><input type="date" name="until" defaultValue={one('until')} /></Field>
        <button type="submit" className="primary"><Text k="action.search" /></button>
        <a className="button" href={withQuery('/trust/log.csv', asked)} download><Text k="log.csv" /></a>
      </form>
      <section aria-labelledby="events-title">
        <h2 id="events-title"><Text k="log.events" /></h2>
        {!first.data ? first.error ? <Failure error={first.error} again={first.again} /> : <Loading /> : !events.length ? <Empty title={<Text k="log.none" />}><p><Text k="log.none.do" /></p></Empty> : <Table events={events} />}
        {error && <Failure error={error} />}
        {more !== null && more !== undefined && <p className="list-more"><button type="button" onClick={next}><Text k="myData.more" /></button></p>}
      </section>
      <Chain />
    </>
  );
}

const shortId = (id: string) => id.split(':').at(-1) ?? id;

/** In the auditors' log the subject says it, as it was written down. */
const actsFor = (e: LogEvent): string => (e as { subject?: { actsFor?: string } }).subject?.actsFor ?? '';

function Table({ events }: { events: LogEvent[] }) {
  return (
    <div className="table-box" tabIndex={0} role="group" aria-labelledby="events-title">
      <table>
        <thead><tr><th scope="col" className="number"><Text k="log.n" /></th><th scope="col"><Text k="time" /></th><th scope="col"><Text k="log.kind" /></th><th scope="col"><Text k="log.subject" /></th><th scope="col"><Text k="log.what" /></th><th scope="col"><Text k="log.why" /></th></tr></thead>
        <tbody>
          {events.map((e) => (
            <tr key={e.n}>
              <td className="number">{number(e.n)}</td>
              <td><time dateTime={e.at}>{time(e.at, { dateStyle: 'short' })}<span className="block">{time(e.at, { timeStyle: 'medium' })}</span></time></td>
              <td className="log-kind">{kinds.includes(e.kind as 'access') ? <Text k={`log.kind.${e.kind as 'access'}`} /> : e.kind}<small className="block"><Name kind="value" name={e.action} /></small></td>
              <td className="log-who">{e.who.name || t('subject.anonymous')}<small className="block">{say(e.who.bodyName)}{actsFor(e) && <> → {shortId(actsFor(e))}</>}</small></td>
              <td>{(e.persons ?? []).map(shortId).join(t('separator'))}<small className="block">{kindsOf(e).map(({ type, n }) => `${named('type', type)} ${number(n)}`).join(t('separator'))}</small></td>
              <td className="log-why">{say(e.purposeTitle, e.purpose)}<small className="block">{e.rule.replace(/urn:ngsi-ld:\w+:/g, '')}{[e.detail?.replace(/urn:ngsi-ld:\w+:/g, ''), e.outcome !== 'ok' && e.outcome].filter(Boolean).map((said) => <span key={String(said)} className="block">{said}</span>)}</small></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Is the chain whole, and up to where is it signed? */
function Chain() {
  const found = useAnswer('proof', proof);
  if (!found.data) return found.error ? <Failure error={found.error} again={found.again} /> : <Loading />;
  const { verified, fault, number: last, hash, at, pin, key } = found.data, broken = fault ?? verified?.fault;
  const rows = [['proof.at', verified && dateTime(verified.at)], ['proof.number', last === undefined ? '' : number(last)], ['proof.signed', at && dateTime(at)], ['proof.hash', hash], ['proof.key', key], ['proof.pin', pin]] as const;
  return (
    <section className="card" aria-labelledby="proof-title">
      <h2 id="proof-title"><Text k="proof.title" /></h2>
      <p className="state"><span className={broken || verified?.intact === false ? 'dot bad' : verified ? 'dot good' : 'dot'} /> <Text k={broken || verified?.intact === false ? 'proof.broken' : verified ? 'proof.whole' : 'proof.unchecked'} /></p>
      {broken && <p className="notice">{broken}</p>}
      <p><Text k="proof.lead" /></p>
      <dl className="facts">{rows.filter(([, value]) => value).map(([name, value]) => <div key={name}><dt><Text k={name} /></dt><dd><code>{value}</code></dd></div>)}</dl>
      <p className="note"><Text k="proof.check" /> <code>tsunagu audit verify</code></p>
    </section>
  );
}
