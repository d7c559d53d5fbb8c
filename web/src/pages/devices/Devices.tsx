// Devices: how many are how, a list, a map.
import './things.css';
import { Suspense, lazy, useState } from 'react';
import { titleOf } from '../../api/entity';
import { useLive } from '../../api/live';
import { type Device, type Status, devices, entitiesOf, statuses } from '../../api/things';
import { useAnswer } from '../../api/useAnswer';
import { Link, change, segment, usePlace } from '../../app/route';
import { ago, dateTime, t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { RightGate, useMay } from '../../ui/Gate';
import { Empty, Failure, Field, Loading, Pager } from '../../ui/parts';
import { Simulated } from '../../ui/Simulated';

const DeviceMap = lazy(() => import('./DeviceMap'));
const size = 50;
export const deviceAddress = (id: string) => `/devices/${segment(id)}`;
const dots: Record<Status, string> = { registered: 'dot', online: 'dot good', late: 'dot', silent: 'dot bad', outOfRange: 'dot bad' };

export const State = ({ status }: { status: Status }) => <span className="device-state"><span className={dots[status] ?? 'dot'} /> <Text k={`device.status.${status}`} /></span>;

export default function Devices() {
  return (
    <>
      <h1><Text k="devices.title" /></h1>
      <p className="lead"><Text k="devices.lead" /></p>
      <RightGate may={['devices']}><List /></RightGate>
    </>
  );
}

function List() {
  const { query } = usePlace(), status = query.get('status') ?? '', group = query.get('group') ?? '', text = query.get('text') ?? '', page = Number(query.get('page') ?? 1), map = query.get('view') === 'map';
  const [typed, setTyped] = useState(text), rules = useMay('automation'), alarms = useMay('alarms');
  const limit = map ? 1000 : size, offset = map ? 0 : (page - 1) * size;
  const found = useAnswer(`devices ${status} ${group} ${text} ${offset} ${limit}`, async (signal) => {
    const list = await devices({ status, group, text, offset, limit }, signal);
    return { ...list, entities: await entitiesOf(list.devices.flatMap((d) => (map && d.asset ? [d.id, d.asset] : [d.id])), signal) };
  });
  useLive('type=Device&attrs=deviceState&local=true', () => found.again(), found.again);
  return (
    <>
      <p className="links">
        <Link to="/devices/add" className="button primary"><Text k="devices.add" /></Link>
        <Link to="/devices/mappings" className="button"><Text k="mappings.title" /></Link>
        {rules && <Link to="/rules" className="button"><Text k="rules.title" /></Link>}
        {alarms && <Link to="/alarms" className="button"><Text k="alarms.title" /></Link>}
        <Link to="/networks" className="button"><Text k="networks.title" /></Link>
        <Link to="/wall" className="button"><Text k="wall.title" /></Link>
      </p>
      {!found.data ? found.error ? <Failure error={found.error} again={found.again} /> : <Loading /> : (
        <section aria-label={t('devices.title')}>
          <div className="status-counts" role="group" aria-label={t('devices.status')}>
            <button type="button" aria-pressed={!status} onClick={() => change({ status: '', page: '' })}><Text k="devices.all" /></button>
            {statuses.map((s) => (
              <button key={s} type="button" aria-pressed={status === s} onClick={() => change({ status: s, page: '' })}><State status={s} /> <strong>{found.data!.byStatus[s] ?? 0}</strong></button>
            ))}
          </div>
          <div className="tools">
            <form onSubmit={(e) => { e.preventDefault(); change({ text: typed, page: '' }); }} className="tools">
              <Field label={<Text k="devices.search" />}><input type="search" value={typed} onChange={(e) => setTyped(e.target.value)} autoCapitalize="none" spellCheck={false} /></Field>
              <button type="submit"><Text k="action.search" /></button>
            </form>
            <div className="tabs" role="group" aria-label={t('devices.view')}>
              <button type="button" aria-pressed={!map} onClick={() => change({ view: '' })}><Text k="devices.list" /></button>
              <button type="button" aria-pressed={map} onClick={() => change({ view: 'map' })}><Text k="devices.map" /></button>
            </div>
          </div>
          <p className="result-count" role="status"><Text k="devices.count" values={{ n: found.data.total }} /></p>
          {!found.data.devices.length ? <Empty title={<Text k="devices.none" />}><p><Text k="devices.none.do" /></p></Empty>
            : map ? <Suspense fallback={<Loading />}><DeviceMap devices={found.data.devices} entities={found.data.entities} /></Suspense>
            : <><Table devices={found.data.devices} titleFor={(d) => { const e = found.data!.entities.get(d.id); return e ? titleOf(e) : d.address; }} /><Pager page={page} size={size} count={found.data.total} onPage={(p) => change({ page: p })} /></>}
        </section>
      )}
    </>
  );
}

function Table({ devices: list, titleFor }: { devices: Device[]; titleFor: (d: Device) => string }) {
  return (
    <div className="table-box" tabIndex={0} role="group" aria-label={t('devices.list')}>
      <table className="devices">
        <thead><tr><th scope="col"><Text k="name" /></th><th scope="col"><Text k="devices.status" /></th><th scope="col"><Text k="device.last" /></th><th scope="col"><Text k="device.group" /></th></tr></thead>
        <tbody>
          {list.map((d) => (
            <tr key={d.id}>
              <th scope="row"><Link to={deviceAddress(d.id)}>{titleFor(d)}</Link> <Simulated when={d.simulated} /></th>
              <td><State status={d.status} /></td>
              <td>{d.observedAt ? <span title={dateTime(d.observedAt)}>{Date.parse(d.observedAt) > Date.now() ? dateTime(d.observedAt) : ago(d.observedAt)}</span> : <Text k="device.never" />}</td>
              <td>{d.group}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
