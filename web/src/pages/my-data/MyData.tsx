// Who saw my data: when, who, why, what. For everybody, also the oldest: one line for each, in plain words.
import './my-data.css';
import { useEffect, useState } from 'react';
import { say } from '../../api/entity';
import { useLive } from '../../api/live';
import { type LogEvent, byDay, isEmergency, kindsOf, mine } from '../../api/log';
import type { Person, Subject } from '../../api/session';
import { consents } from '../../api/consents';
import { useAnswer } from '../../api/useAnswer';
import { Link, change, usePlace } from '../../app/route';
import { dayAgo, named, t, time } from '../../i18n/text';
import { Name, Text } from '../../i18n/Text';
import { Gate } from '../../ui/Gate';
import { Empty, Failure, Loading } from '../../ui/parts';

export default function MyData() {
  return <><h1><Text k="myData.title" /></h1><Gate>{(subject) => <Mine subject={subject} />}</Gate></>;
}

/** Myself, whom I act for, and whom I guard (as far as a consent names them). */
function usePersons(subject: Subject): Person[] {
  const given = useAnswer('consents', consents), all = new Map<string, Person>();
  const self = subject.actsFor ?? { id: subject.id, name: subject.name };
  for (const p of [self, ...(subject.actsFor ? [] : subject.mayActFor), ...(given.data ?? []).map((c) => c.person)]) if (!all.has(p.id)) all.set(p.id, p);
  return [...all.values()];
}

function Mine({ subject }: { subject: Subject }) {
  const { query } = usePlace(), persons = usePersons(subject), chosen = persons.find((p) => p.id === query.get('person')) ?? persons[0]!, only = query.get('only') === 'emergency';
  const first = useAnswer(`mine ${chosen.id}`, (signal) => mine(chosen.id === persons[0]!.id ? '' : chosen.id, undefined, signal));
  const [older, setOlder] = useState<LogEvent[]>([]), [before, setBefore] = useState<number | null>(null), [loading, setLoading] = useState(false), [error, setError] = useState<Error | null>(null);
  useEffect(() => {
    setOlder([]);
    setBefore(first.data?.more ?? null);
  }, [chosen.id, first.data]);
  useLive('type=EmergencyAccess', first.again); // break-glass is shown at once
  const events = [...(first.data?.events ?? []), ...older], shown = only ? events.filter(isEmergency) : events;
  const showMore = () => {
    setLoading(true);
    setError(null);
    mine(chosen.id === persons[0]!.id ? '' : chosen.id, before!).then((page) => { setOlder([...older, ...page.events]); setBefore(page.more); }, setError).finally(() => setLoading(false));
  };
  return (
    <>
      <p className="lead"><Text k="myData.lead" /></p>
      <div className="tools no-print">
        {persons.length > 1 && <label className="field"><span><Text k="myData.person" /></span><select value={chosen.id} onChange={(e) => change({ person: e.target.value === persons[0]!.id ? undefined : e.target.value })}>{persons.map((p) => <option key={p.id} value={p.id}>{p.name}</option>)}</select></label>}
        <div className="tabs" role="group" aria-label={t('myData.show')}>
          <button type="button" aria-pressed={!only} onClick={() => change({ only: undefined })}><Text k="myData.all" /></button>
          <button type="button" aria-pressed={only} onClick={() => change({ only: 'emergency' })}><Text k="myData.emergencies" /></button>
        </div>
        <button type="button" onClick={() => print()}><Text k="action.print" /></button>
      </div>
      <div className="two wide-left">
        <section aria-labelledby="line-title">
          <h2 id="line-title"><Text k="myData.of" values={{ name: chosen.name }} /></h2>
          {!first.data ? first.error ? <Failure error={first.error} again={first.again} /> : <Loading /> : !shown.length ? <Empty title={<Text k={only ? 'myData.none.emergency' : 'myData.none'} />}><p><Text k="myData.none.do" /></p></Empty> : <Line events={shown} />}
          {first.data?.complete === false && <p className="note"><Text k="log.preparing" /></p>}
          {error && <Failure error={error} />}
          {before !== null && <p className="list-more no-print"><button type="button" disabled={loading} onClick={showMore}><Text k="myData.more" /></button></p>}
        </section>
        <Wrong />
      </div>
    </>
  );
}

function Line({ events }: { events: LogEvent[] }) {
  return (
    <ol className="days">
      {byDay(events).map(({ day, visits }) => (
        <li key={day}>
          <h3 className="day">{time(`${day}T00:00:00+09:00`, { year: 'numeric', month: 'long', day: 'numeric', weekday: 'short' })} <small>{dayAgo(day)}</small></h3>
          <ul className="visits">
            {visits.map(({ events: list }) => <Visit key={list[0]!.n} events={list} />)}
          </ul>
        </li>
      ))}
    </ol>
  );
}

function Visit({ events }: { events: LogEvent[] }) {
  const first = events[0]!, emergency = isEmergency(first), reason = events.find((e) => e.kind === 'emergency' && e.action === 'begin')?.reason, [all, setAll] = useState(false), most = all ? events.length : 3, rest = events.length - most;
  return (
    <li className={emergency ? 'visit emergency' : 'visit'}>
      {emergency && <p className="emergency-title"><Text k="myData.emergency" /></p>}
      <h4>{first.own ? t('myData.own') : say(first.who.bodyName) || first.who.name || t('subject.system')}</h4>
      {reason && <p><Text k="myData.reason" values={{ reason }} /></p>}
      <ul>{events.map((e, i) => <Access key={e.n} event={e} printed={i >= most} />)}</ul>
      {rest > 0 && <button type="button" className="link no-print" onClick={() => setAll(true)}><Text k="myData.rest" values={{ n: rest }} /></button>}
      {emergency && <p className="note"><Text k="myData.emergency.note" /></p>}
    </li>
  );
}

const actions: Record<string, Parameters<typeof Text>[0]['k']> = { read: 'done.read', history: 'done.history', notice: 'done.notice', subscribe: 'done.notice', live: 'done.notice', create: 'done.create', update: 'done.update', delete: 'done.delete' };

/** What is not about data that somebody looked at. */
const deeds: Record<string, Parameters<typeof Text>[0]['k']> = { 'emergency begin': 'done.emergency', 'emergency review': 'done.review', 'consent give': 'done.give', 'consent narrow': 'done.narrow', 'consent withdraw': 'done.withdraw' };

/** `printed`: on paper only. */
function Access({ event, printed }: { event: LogEvent; printed: boolean }) {
  const { who, actsFor, times = 1 } = event, kinds = kindsOf(event), whole = deeds[`${event.kind} ${event.action}`], purpose = say(event.purposeTitle, event.purpose), other = actsFor?.name;
  return (
    <li className={printed ? 'access only-print' : 'access'}>
      <time dateTime={event.at}>{time(event.at, { hour: '2-digit', minute: '2-digit' })}</time>
      <span>
        <span className="access-what">{!whole && kinds.map(({ type, n }, i) => <span key={type}>{i > 0 && t('separator')}<Name kind="type" name={type} />{n > 1 && <Text k="myData.items" values={{ n }} />}</span>)} <Text k={whole ?? (event.kind === 'denied' ? 'done.denied' : actions[event.action] ?? 'done.read')} /></span>
        {event.action === 'review' && event.reason && <span className="block"><Text k="emergency.finding" values={{ finding: event.reason }} /></span>}
        <small className="block">{!event.own && <Text k={whole ? 'myData.did' : 'myData.who'} values={{ name: who.name || who.id.split(':').at(-1) || '' }} />}{times > 1 && <Text k="myData.times" values={{ n: times }} />}{other && <> <Text k="myData.for" values={{ name: other }} /></>}{purpose && <> · <Text k="myData.why" values={{ purpose }} /></>}</small>
        {event.attributes && event.attributes.length > 0 && <small className="block"><Text k="myData.only" values={{ what: event.attributes.map((name) => named('attribute', name)).join(t('separator')) }} /></small>}
      </span>
    </li>
  );
}

/** What to do if something looks wrong. */
function Wrong() {
  return (
    <aside className="card wrong" aria-labelledby="wrong-title">
      <h2 id="wrong-title"><Text k="wrong.title" /></h2>
      <ol className="numbered">
        <li><Text k="wrong.ask" /></li>
        <li><Text k="wrong.withdraw" /> <Link to="/consents"><Text k="wrong.consents" /></Link></li>
        <li><Text k="wrong.account" /> <Link to="/account"><Text k="wrong.sessions" /></Link></li>
        <li><Text k="wrong.tell" /></li>
      </ol>
      <p className="note"><Text k="wrong.proof" /></p>
    </aside>
  );
}
