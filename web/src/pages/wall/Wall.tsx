// One screen for a duty room: what is open, what is silent, what hangs, what rules did, what is out. Dark, and readable from three metres.
import '../devices/things.css';
import './wall.css';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { groupsOf } from '../../api/alarms';
import { say, titleOf } from '../../api/entity';
import { useLive } from '../../api/live';
import { statuses } from '../../api/things';
import { useAnswer } from '../../api/useAnswer';
import { type Wall as State, together, wall } from '../../api/wall';
import { Link, address } from '../../app/route';
import { type Key, ago, aside, clock, named, number, t, time } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { RightGate, useMay } from '../../ui/Gate';
import { Failure, Loading } from '../../ui/parts';
import { Simulated } from '../../ui/Simulated';
import { deviceAddress } from '../devices/Devices';
import { ruleAddress } from '../rules/Rules';

const every = 5000; // milliseconds: what no event tells of, such as silence
const rows = 6;

export default function Wall() {
  const devices = useMay('devices'), automation = useMay('automation'), alarms = useMay('alarms');
  return devices || automation || alarms ? <Board /> : <><h1><Text k="wall.title" /></h1><RightGate may={['devices', 'automation', 'alarms']}>{null}</RightGate></>;
}

/** Again and again, while somebody looks; and soon after something was raised or done. */
function useWall() {
  const found = useAnswer('wall', wall), soon = useRef<ReturnType<typeof setTimeout>>(undefined);
  const again = () => {
    soon.current ??= setTimeout(() => {
      soon.current = undefined;
      found.again();
    }, 500); // however many changes come
  };
  useLive('type=Alarm,AutomationRecord&local=true', again, found.again);
  useEffect(() => {
    const timer = setInterval(() => document.hidden || found.again(), every);
    return () => {
      clearInterval(timer);
      clearTimeout(soon.current);
    };
  }, [found.again]);
  return found;
}

function Board() {
  const found = useWall(), board = useRef<HTMLDivElement>(null), [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <div className="wall always-dark" ref={board}>
      <div className="wall-top">
        <h1><Text k="wall.title" /></h1>
        {found.data?.simulated && <strong className="simulated"><Text k="wall.simulated" /></strong>}
        {document.fullscreenEnabled && <button type="button" className="small no-print" onClick={() => void (document.fullscreenElement ? document.exitFullscreen() : board.current?.requestFullscreen())}><Text k="wall.full" /></button>}
        <time dateTime={new Date(now).toISOString()}>{clock(now)}</time>
      </div>
      {found.error && <Failure error={found.error} again={found.again} />}
      {found.data ? <Shown state={found.data} /> : !found.error && <Loading />}
    </div>
  );
}

function Shown({ state }: { state: State }) {
  const { devices, alarms, hanging, networks, records, silent } = state;
  const open = alarms?.filter((a) => a.status !== 'shelved') ?? [], out = networks?.reduce((n, k) => n + k.outOfService, 0), serious = open.some((a) => a.severity === 'critical' || a.severity === 'major');
  return (
    <>
      <ul className="wall-figures">
        {alarms && <Big k="wall.alarms" n={open.length} to="/alarms" look={serious ? 'bad' : open.length ? 'warn' : 'good'} />}
        {devices && statuses.map((s) => <Big key={s} k={`device.status.${s}`} n={devices.byStatus[s] ?? 0} to={address('/devices', { status: s })} look={!devices.byStatus[s] ? '' : s === 'online' ? 'good' : s === 'silent' || s === 'outOfRange' ? 'bad' : s === 'late' ? 'warn' : ''} />)}
        {hanging && <Big k="wall.hanging" n={hanging.length} look={hanging.length ? 'warn' : 'good'} />}
        {networks && <Big k="wall.out" n={out!} to="/networks" look={out ? 'bad' : 'good'} />}
      </ul>
      <div className="wall-columns">
        <Panel k="wall.alarms" list={alarms && groupsOf(alarms)} none="wall.alarms.none">
          {({ source, alarms: [a, ...others] }) => a && <li key={source} className={a.severity}><span className="tag">{t(`form.severity.${a.severity}`)}</span> <span className="tag">{t(`wall.alarm.${a.status}`)}</span> <strong>{say(a.text)}</strong><small><What id={a.entity} state={state} />{others.length > 0 && aside(t('wall.more', { n: others.length }))} · {ago(a.raisedAt, state.at)}</small></li>}
        </Panel>
        <Panel k="wall.records" list={records && together(records)} none="wall.records.none">
          {({ record: r, others }, i) => <li key={i} className={r.event}><span className="tag">{t(`rules.event.${r.event}` as 'rules.event.fired')}</span> <Link to={ruleAddress(r.rule)}>{say(r.title, r.rule)}</Link><small><What id={r.entity} state={state} />{others > 0 && aside(t('wall.more', { n: others }))} · {time(r.at, { month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit' })}</small><small>{say(r.reason)}</small></li>}
        </Panel>
        <Panel k="wall.silent" list={devices && silent} none="wall.silent.none" more={(devices?.byStatus.silent ?? 0) - silent.length}>
          {(d) => <li key={d.id} className="silent"><Link to={deviceAddress(d.id)}><What id={d.id} state={state} otherwise={d.address} /></Link> <Simulated when={d.simulated} />{(d.arrivedAt ?? d.observedAt) && <small>{ago((d.arrivedAt ?? d.observedAt)!, state.at)}</small>}</li>}
        </Panel>
        <Panel k="wall.hanging" list={hanging} none="wall.hanging.none">
          {(c) => <li key={c.device + c.command} className={c.status}><Link to={deviceAddress(c.device)}><What id={c.device} state={state} /></Link><small>{named('attribute', c.command)} · {t(`wall.command.${c.status}`)} · {ago(c.since, state.at)}</small></li>}
        </Panel>
        {networks && networks.some((n) => n.total > 0) && (
          <section aria-labelledby="wall-networks">
            <h2 id="wall-networks"><Link to="/networks"><Text k="wall.networks" /></Link></h2>
            <ul className="wall-networks">
              {networks.filter((n) => n.total > 0).map((n) => <li key={n.kind}><span>{t(`networks.kind.${n.kind}`)}</span><strong><span className={n.outOfService ? 'dot bad' : 'dot good'} /> {number(n.working)} / {number(n.total)}</strong>{n.outOfService > 0 && <small>{t('networks.status.outOfService')} {number(n.outOfService)}</small>}</li>)}
            </ul>
          </section>
        )}
      </div>
    </>
  );
}

/** What an entity is called. */
function What({ id, state, otherwise }: { id: string; state: State; otherwise?: string }) {
  const entity = state.entities.get(id);
  return <>{entity ? titleOf(entity) : otherwise ?? id.split(':').slice(3).join(' ')}</>;
}

function Big({ k, n, look, to }: { k: Key; n: number; look: '' | 'good' | 'warn' | 'bad'; to?: string }) {
  const inside = <><strong>{number(n)}</strong><small><Text k={k} /></small></>;
  return <li className={look}>{to ? <Link to={to}>{inside}</Link> : inside}</li>;
}

function Panel<T>({ k, list, none, more, children }: { k: Key; list: T[] | undefined; none: Key; more?: number; children: (one: T, i: number) => ReactNode }) {
  const id = k.replaceAll('.', '-'), rest = (more ?? 0) + (list?.length ?? 0) - rows;
  return (
    <section aria-labelledby={id}>
      <h2 id={id}><Text k={k} /></h2>
      {!list ? <p><Text k="wall.noRight" /></p> : !list.length ? <p><Text k={none} /></p> : <ul className="wall-list">{list.slice(0, rows).map(children)}</ul>}
      {rest > 0 && <p><Text k="wall.more" values={{ n: rest }} /></p>}
    </section>
  );
}
