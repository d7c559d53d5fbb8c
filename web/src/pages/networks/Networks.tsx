// Networks: what works and what is out, where they reach, and when they did not.
import '../devices/things.css';
import './networks.css';
import { Suspense, lazy, useEffect, useMemo, useState } from 'react';
import { say } from '../../api/entity';
import { useLive } from '../../api/live';
import { type Network, type NetworkKind, type NetworkPoint, type Outage, type PointState, coverage, kinds, networks, outages, points } from '../../api/networks';
import { useMunicipalities } from '../../api/region';
import { useAnswer } from '../../api/useAnswer';
import { Link, change, entityAddress, usePlace } from '../../app/route';
import { dateTime, number, t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { Empty, Failure, Field, Loading, Reference } from '../../ui/parts';
import { Simulated } from '../../ui/Simulated';

const NetworkMap = lazy(() => import('./NetworkMap'));
const most = 5000, shown = 200;
const dots: Record<PointState, string> = { working: 'dot good', outOfService: 'dot bad', unknown: 'dot' };

export const PointStatus = ({ status }: { status: PointState }) => <span className="device-state"><span className={dots[status] ?? 'dot'} /> <Text k={`networks.status.${status}`} /></span>;
export const nameOf = (point: { id: string; name?: NetworkPoint['name'] }): string => say(point.name, point.id.split(':').slice(3).join(' ') || point.id);

export default function Networks() {
  return (
    <>
      <h1><Text k="networks.title" /></h1>
      <p className="lead"><Text k="networks.lead" /></p>
      <All />
    </>
  );
}

function All() {
  const { query } = usePlace(), asked = query.get('kind') ?? '', kind = (kinds as readonly string[]).includes(asked) ? (asked as NetworkKind) : '';
  const status = query.get('status') ?? '';
  const found = useAnswer(`networks ${kind}`, async (signal) => {
    const [all, list, reach, past] = await Promise.all([networks(signal), points({ kind, limit: most }, signal), coverage({ kind }, signal), outages({ kind, limit: 50 }, signal)]);
    return { all, list, reach, past };
  });
  const types = found.data?.all.filter((n) => n.total && (!kind || n.kind === kind)).map((n) => n.type) ?? [];
  useLive(types.length ? `type=${types.map(encodeURIComponent).join()}&attrs=serviceStatus&local=true` : null, found.again, found.again);
  const [chosen, setChosen] = useState<string[]>([]);
  useEffect(() => setChosen([]), [kind, status]);
  const list = useMemo(() => (found.data?.list.points ?? []).filter((p) => !status || p.status === status), [found.data, status]);
  const reach = useMemo(() => (found.data?.reach.features ?? []).filter((f) => !status || f.properties.status === status), [found.data, status]);
  if (!found.data) return found.error ? <Failure error={found.error} again={found.again} /> : <Loading />;
  const known = found.data.all.filter((n) => n.total > 0);
  if (!known.length) return <Empty title={<Text k="networks.none" />}><p><Text k="networks.none.do" /></p></Empty>;
  return (
    <>
      {known.some((n) => n.simulated > 0) && <p><Simulated when /></p>}
      <ul className="network-kinds">{known.map((n) => <Kind key={n.kind} network={n} chosen={kind === n.kind} />)}</ul>
      <div className="tools">
        <Field label={<Text k="networks.kind" />}>
          <select value={kind} onChange={(e) => change({ kind: e.target.value })}><option value="">{t('networks.all')}</option>{known.map((n) => <option key={n.kind} value={n.kind}>{t(`networks.kind.${n.kind}`)}</option>)}</select>
        </Field>
        <Field label={<Text k="networks.status" />}>
          <select value={status} onChange={(e) => change({ status: e.target.value })}><option value="">{t('devices.all')}</option>{(['working', 'outOfService', 'unknown'] as const).map((s) => <option key={s} value={s}>{t(`networks.status.${s}`)}</option>)}</select>
        </Field>
      </div>
      <div className="map-and-table">
        <Suspense fallback={<Loading />}><NetworkMap points={list} reach={reach} chosen={chosen} onChoose={setChosen} /></Suspense>
        <Points list={list} chosen={chosen} onChoose={(id) => setChosen([id])} />
      </div>
      <Outages list={found.data.past.outages} />
    </>
  );
}

function Kind({ network: n, chosen }: { network: Network; chosen: boolean }) {
  return (
    <li>
      <button type="button" aria-pressed={chosen} onClick={() => change({ kind: chosen ? '' : n.kind })}>
        <span>{t(`networks.kind.${n.kind}`)}</span>
        <strong>{number(n.working)}</strong>
        <small><Text k="networks.of" values={{ total: n.total }} /> <Text k="networks.status.working" /></small>
        <small>{n.outOfService > 0 && <span className="dot bad" />}{n.outOfService > 0 && <> {t('networks.status.outOfService')} {number(n.outOfService)}</>}{n.unknown > 0 && <> {t('networks.status.unknown')} {number(n.unknown)}</>}</small>
      </button>
    </li>
  );
}

/** Those of the place that was chosen on the map first. */
function Points({ list, chosen, onChoose }: { list: NetworkPoint[]; chosen: string[]; onChoose: (id: string) => void }) {
  const places = useMunicipalities(), rank: Record<PointState, number> = { outOfService: 0, unknown: 1, working: 2 };
  const sorted = [...list].sort((a, b) => Number(chosen.includes(b.id)) - Number(chosen.includes(a.id)) || rank[a.status] - rank[b.status] || nameOf(a).localeCompare(nameOf(b), 'ja'));
  const town = (id?: string) => (places.data?.some((m) => m.id === id) ? <Reference id={id!} /> : null);
  return (
    <div>
      <p className="result-count" role="status"><Text k="networks.count" values={{ n: list.length }} /></p>
      <div className="table-box map-table" tabIndex={0} role="group" aria-label={t('networks.points')}>
        <table className="devices network-table">
          <thead><tr><th scope="col"><Text k="name" /></th><th scope="col"><Text k="networks.status" /></th><th scope="col"><Text k="municipality" /></th></tr></thead>
          <tbody>
            {sorted.slice(0, shown).map((p) => (
              <tr key={p.id} className={chosen.includes(p.id) ? 'chosen' : undefined} onClick={() => onChoose(p.id)}>
                <th scope="row"><Link to={entityAddress(p.id)}>{nameOf(p)}</Link><small className="block">{t(`networks.kind.${p.kind}`)}</small></th>
                <td><PointStatus status={p.status} />{p.status === 'outOfService' && <small className="block">{why(p.reason)}{p.since && <> {dateTime(p.since)}</>}</small>}</td>
                <td>{town(p.municipality)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {sorted.length > shown && <p className="note"><Text k="wall.more" values={{ n: sorted.length - shown }} /></p>}
      </div>
    </div>
  );
}

const why = (reason?: string): string => (reason === 'silent' ? t('networks.reason.silent') : reason ?? '');
const long = (seconds: number): string => (seconds < 5400 ? t('networks.minutes', { n: Math.max(1, Math.round(seconds / 60)) }) : t('networks.hours', { n: Math.round(seconds / 360) / 10 }));

function Outages({ list }: { list: Outage[] }) {
  return (
    <section aria-labelledby="outages-title">
      <h2 id="outages-title"><Text k="networks.outages" /></h2>
      {!list.length ? <Empty title={<Text k="networks.outages.none" />} /> : (
        <div className="table-box" tabIndex={0} role="group" aria-labelledby="outages-title">
          <table className="network-table">
            <thead><tr><th scope="col"><Text k="name" /></th><th scope="col"><Text k="networks.from" /></th><th scope="col"><Text k="networks.to" /></th><th scope="col"><Text k="networks.long" /></th><th scope="col"><Text k="networks.reason" /></th></tr></thead>
            <tbody>
              {list.map((o) => (
                <tr key={o.id + o.from}>
                  <th scope="row"><Link to={entityAddress(o.id)}>{nameOf(o)}</Link> <Simulated when={o.simulated} /><small className="block">{t(`networks.kind.${o.kind}`)}</small></th>
                  <td>{dateTime(o.from)}</td>
                  <td>{o.to ? dateTime(o.to) : <span className="device-state"><span className="dot bad" /> <Text k="networks.lasting" /></span>}</td>
                  <td className="nowrap">{o.seconds !== undefined && long(o.seconds)}</td>
                  <td>{why(o.reason)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
