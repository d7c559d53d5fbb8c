// Alarms: what somebody has to see to now, what was cleared, and who is called.
import '../my-data/my-data.css';
import './alarms.css';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { type Act, type Alarm, acknowledgeAll, alarms, change, groupsOf } from '../../api/alarms';
import { send } from '../../api/client';
import { say } from '../../api/entity';
import { useLive } from '../../api/live';
import { useAnswer } from '../../api/useAnswer';
import { change as changeQuery, usePlace, Link, segment } from '../../app/route';
import { t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { Confirm } from '../../ui/Confirm';
import { RightGate, useMay } from '../../ui/Gate';
import { Empty, Failure, Field, Loading } from '../../ui/parts';
import { OneAlarm, Severity, severityKeys } from './OneAlarm';
import { Roster } from './Roster';

const views = { '': 'alarms.open', history: 'alarms.history', roster: 'alarms.roster' } as const;
type View = keyof typeof views;

export default function Alarms() {
  const { query } = usePlace(), asked = query.get('view') ?? '', may = useMay('automation'), view: View = asked === 'history' || (asked === 'roster' && may) ? asked : '';
  return (
    <>
      <h1><Text k="alarms.title" /></h1>
      <p className="lead"><Text k="alarms.lead" /></p>
      <RightGate may={['alarms']}>
        <div className="tabs" role="group" aria-label={t('alarms.view')}>
          {(Object.keys(views) as View[]).filter((v) => v !== 'roster' || may).map((v) => <button key={v} type="button" aria-pressed={v === view} onClick={() => changeQuery({ view: v || undefined, id: undefined })}><Text k={views[v]} /></button>)}
        </div>
        {view === 'roster' ? <Roster /> : <List key={view} status={view === 'history' ? 'cleared' : 'open'} chosen={query.get('id')} />}
      </RightGate>
    </>
  );
}

const done: Record<Act, 'alarms.done.acknowledge' | 'alarms.done.shelve' | 'alarms.done.clear' | 'alarms.done.reopen'> = {
  acknowledge: 'alarms.done.acknowledge', shelve: 'alarms.done.shelve', clear: 'alarms.done.clear', reopen: 'alarms.done.reopen',
};
const atOnce = 5; // of one group; a flood has thousands

function List({ status, chosen }: { status: 'open' | 'cleared'; chosen: string | null }) {
  const found = useAnswer(`alarms ${status}`, (signal) => alarms(status, signal)), [error, setError] = useState<Error | null>(null), [last, setLast] = useState<{ act: Act; alarm: Alarm } | null>(null);
  const live = useSoon(found.again);
  const act = (alarm: Alarm, what: Act, more?: { note?: string; minutes?: number }) => {
    setError(null);
    return change(alarm.id, what, more).then((next) => setLast({ act: what, alarm: next }), (e: Error) => setError(e)).finally(found.again);
  };
  const said = last && t(done[last.act], { text: say(last.alarm.text) });
  return (
    <>
      <div className="alarm-said" role="status">{last && <p className="notice">{said} {last.act !== 'reopen' && <button type="button" className="small" onClick={() => void act(last.alarm, 'reopen')}><Text k="alarms.undo" /><span className="hidden-text"> {say(last.alarm.text)}</span></button>}</p>}</div>
      {error && <Failure error={error} />}
      {!found.data ? found.error ? <Failure error={found.error} again={found.again} /> : <Loading /> : !found.data.length
        ? <Empty title={<Text k={status === 'open' ? 'alarms.none' : 'alarms.history.none'} />}>{status === 'open' && <p><Text k="alarms.none.do" /></p>}</Empty>
        : <Groups list={found.data} chosen={chosen} act={act} again={found.again} />}
      {live && <p className="note state"><span className="dot good" /> <Text k="alarms.live" /></p>}
      {status === 'open' && <Raise again={found.again} />}
    </>
  );
}

/** A flood of changes is one look; and one now and then, for who may see alarms but not their entities. */
function useSoon(again: () => void): boolean {
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined), soon = () => (waiting.current ??= setTimeout(() => { waiting.current = undefined; again(); }, 300));
  useEffect(() => {
    const look = setInterval(() => !document.hidden && again(), 30_000);
    return () => { clearInterval(look); clearTimeout(waiting.current); };
  }, [again]);
  return useLive('type=Alarm&pick=id,status', soon, again);
}

function Groups({ list, chosen, act, again }: { list: Alarm[]; chosen: string | null; again: () => void; act: (alarm: Alarm, what: Act, more?: { note?: string; minutes?: number }) => Promise<void> }) {
  const [whole, setWhole] = useState<string[]>([]), mayRules = useMay('automation');
  return groupsOf(list).map(({ source, worst, alarms: all }) => {
    const waits = all.filter((a) => a.status === 'raised').length, shown = whole.includes(source) ? all : all.filter((a, i) => i < atOnce || a.id === chosen);
    const name = source === 'by-hand' ? t('alarms.hand') : t('alarms.rule', { name: source });
    return (
      <section key={source} className="alarm-group" aria-labelledby={`alarms-${source}`}>
        <h2 id={`alarms-${source}`}><Severity severity={worst} /> {source !== 'by-hand' && mayRules ? <Link to={`/rules/${segment(source)}`}>{name}</Link> : name} <small><Text k="alarms.count" values={{ n: all.length }} />{waits > 0 && waits < all.length && <> · <Text k="alarms.waits" values={{ n: waits }} /></>}</small></h2>
        {waits > 1 && <p><Confirm label={<Text k="alarms.all" values={{ n: waits }} />} sure={<Text k="alarms.all.sure" values={{ n: waits }} />} name={name} work={() => acknowledgeAll(source)} done={again} /></p>}
        <ul className="visits">{shown.map((a) => <OneAlarm key={a.id} alarm={a} chosen={a.id === chosen} act={(what, more) => act(a, what, more)} />)}</ul>
        {shown.length < all.length && <p className="list-more"><button type="button" onClick={() => setWhole([...whole, source])}><Text k="alarms.more" values={{ n: all.length - shown.length }} /></button></p>}
      </section>
    );
  });
}

function Raise({ again }: { again: () => void }) {
  const [entity, setEntity] = useState(''), [severity, setSeverity] = useState<Alarm['severity']>('major'), [text, setText] = useState(''), [error, setError] = useState<Error | null>(null), [raised, setRaised] = useState(false);
  const submit = (e: FormEvent) => {
    e.preventDefault();
    setError(null);
    setRaised(false);
    send('POST', '/alarms', { entity: entity.trim(), severity, text: { ja: text.trim() } }).then(() => { setText(''); setRaised(true); again(); }, (problem: Error) => setError(problem));
  };
  return (
    <details className="alarm-raise">
      <summary><Text k="alarms.raise" /></summary>
      <form className="form" onSubmit={submit}>
        <Field label={<Text k="alarms.raise.entity" />}><input value={entity} onChange={(e) => setEntity(e.target.value)} required pattern="urn:.+|https?://.+" autoCapitalize="none" spellCheck={false} /></Field>
        <Field label={<Text k="form.severity" />}><select value={severity} onChange={(e) => setSeverity(e.target.value as Alarm['severity'])}>{(Object.keys(severityKeys) as Alarm['severity'][]).map((s) => <option key={s} value={s}>{t(severityKeys[s])}</option>)}</select></Field>
        <Field label={<Text k="alarms.raise.text" />}><input value={text} onChange={(e) => setText(e.target.value)} required maxLength={200} /></Field>
        <button type="submit" className="primary"><Text k="alarms.raise.do" /></button>
        <p role="status">{raised && <Text k="alarms.raise.done" />}</p>
        {error && <Failure error={error} />}
      </form>
    </details>
  );
}
