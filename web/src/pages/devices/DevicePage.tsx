// One device: how it is, what it says and what is thought of it, its past, its log, its label.
import './things.css';
import { type FormEvent, useEffect, useState } from 'react';
import { api, get, withQuery } from '../../api/client';
import { type Entity, numberOf, titleOf } from '../../api/entity';
import { useLive } from '../../api/live';
import { type DeviceWhole, type Measured, type WithKey, addNote, device, newKey, notes } from '../../api/things';
import { useAnswer } from '../../api/useAnswer';
import { Link, segment, usePlace } from '../../app/route';
import { unitText } from '../../chart/Chart';
import { dateTime, named, number, t } from '../../i18n/text';
import { Name, Text } from '../../i18n/Text';
import { RightGate } from '../../ui/Gate';
import { Called } from '../../ui/Called';
import { Empty, Failure, Field, Loading, Value } from '../../ui/parts';
import { Simulated } from '../../ui/Simulated';
import { EntityHistory } from '../entity/EntityHistory';
import { WhereMap } from '../entity/WhereMap';
import { State } from './Devices';
import { KeyOnce } from './KeyOnce';
import { Label } from './Label';

export default function DevicePage() {
  const { path } = usePlace(), id = decodeURIComponent(path.slice('/devices/'.length));
  return <><p className="crumbs"><Link to="/devices"><Text k="devices.title" /></Link> ›</p><One id={id} key={id} /></>;
}

function One({ id }: { id: string }) {
  const named_ = useAnswer(`name ${id}`, (signal) => get<Entity>(withQuery(`${api}/entities/${segment(id)}`, { format: 'simplified' }), signal).then((a) => a.data));
  const title = named_.data ? titleOf(named_.data) : '';
  useEffect(() => {
    if (title) document.title = `${title} | ${t('brand')}`;
  }, [title]);
  return (
    <>
      <h1 className="device-heading">{title || <Text k="device.title" />} <Simulated when={named_.data?.simulated} /></h1>
      {named_.data?.simulated === true && <p className="note"><Text k="simulated.note" /></p>}
      <RightGate may={['devices']}>{named_.error ? <Failure error={named_.error} again={named_.again} /> : <Known id={id} entity={named_.data} again={named_.again} />}</RightGate>
    </>
  );
}

function Known({ id, entity, again }: { id: string; entity: Entity | undefined; again: () => void }) {
  const found = useAnswer(`device ${id}`, (signal) => device(id, signal)), target = found.data?.asset ?? id;
  useLive(`id=${[...new Set([id, target])].map(encodeURIComponent).join()}&local=true`, () => found.again(), () => { found.again(); again(); });
  if (!found.data || !entity) return found.error ? <Failure error={found.error} again={found.again} /> : <Loading />;
  const moved = found.data.values.find((v) => v.attribute === 'location')?.value; // of what moves, not where it was put on
  const numbers = found.data.values.filter((v) => numberOf(v.value) !== null).map((v) => v.attribute);
  return (
    <>
      <div className="two wide-left">
        <section className="card" aria-labelledby="values-title">
          <h2 id="values-title"><Text k="device.values" /></h2>
          <Values values={found.data.values} />
        </section>
        <Facts device={found.data} entity={entity} />
      </div>
      {numbers.length > 0 && <EntityHistory id={target} title={titleOf(entity)} numbers={numbers} />}
      <div className="two">
        <Log id={id} />
        <Label id={id} title={titleOf(entity)} serial={typeof entity.serialNumber === 'string' ? entity.serialNumber : found.data.address} />
      </div>
      <div className="two"><WhereMap entity={moved ? { ...entity, location: moved } : entity} /><Keys id={id} /></div>
    </>
  );
}

const flags = (quality: Measured['quality']): string[] => (quality === undefined ? [] : Array.isArray(quality) ? quality : [quality]);

function Values({ values }: { values: Measured[] }) {
  const heard = values.filter((v) => v.value !== undefined);
  if (!heard.length) return <Empty title={<Text k="device.silent" />}><p><Text k="device.silent.do" /></p></Empty>;
  return (
    <div className="table-box" tabIndex={0} role="group" aria-labelledby="values-title">
      <table className="measured">
        <thead><tr><th scope="col"><Text k="device.measure" /></th><th scope="col"><Text k="device.value" /></th><th scope="col"><Text k="device.quality" /></th><th scope="col"><Text k="time" /></th></tr></thead>
        <tbody>
          {heard.map((v) => {
            const unit = v.unitCode ?? v.unit;
            return (
              <tr key={v.attribute}>
                <th scope="row"><Name kind="attribute" name={v.attribute} /></th>
                <td><strong><Value value={v.value} /></strong>{unit && typeof v.value === 'number' ? ` ${unitText(unit)}` : ''}{v.rawValue !== undefined && <small className="block"><Text k="device.raw" values={{ value: String(v.rawValue) }} /></small>}</td>
                <td>{flags(v.quality).length ? flags(v.quality).map((f) => <span key={f} className="flag">{t(`flag.${f}` as 'flag.late')}</span>) : <Text k="device.good" />}{v.least !== undefined && v.most !== undefined && <small className="block"><Text k="device.range" values={{ least: number(v.least), most: number(v.most) }} /></small>}</td>
                <td>{v.observedAt && dateTime(v.observedAt)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Facts({ device: d, entity }: { device: DeviceWhole; entity: Entity }) {
  const battery = numberOf(entity.batteryLevel);
  return (
    <section className="card" aria-labelledby="device-facts">
      <h2 id="device-facts"><Text k="device.about" /></h2>
      <dl className="facts">
        <div><dt><Text k="devices.status" /></dt><dd><State status={d.status} /></dd></div>
        <div><dt><Text k="device.last" /></dt><dd>{d.observedAt ? dateTime(d.observedAt) : <Text k="device.never" />}{d.expectedInterval && <small className="block"><Text k="device.interval" values={{ n: d.expectedInterval }} /></small>}</dd></div>
        {d.asset && <div><dt><Text k="device.asset" /></dt><dd><Called id={d.asset} /></dd></div>}
        {d.model && <div><dt><Text k="device.model" /></dt><dd><Called id={d.model} /></dd></div>}
        <div><dt><Text k="device.group" /></dt><dd>{d.group}</dd></div>
        <div><dt><Text k="device.address" /></dt><dd>{d.address}</dd></div>
        {battery !== null && <div><dt><Name kind="attribute" name="batteryLevel" /></dt><dd><meter min={0} max={1} low={0.2} value={battery} aria-label={named('attribute', 'batteryLevel')} /> {number(battery * 100, 0)} %</dd></div>}
        {typeof entity.firmwareVersion === 'string' && <div><dt><Name kind="attribute" name="firmwareVersion" /></dt><dd>{entity.firmwareVersion}</dd></div>}
      </dl>
    </section>
  );
}

function Log({ id }: { id: string }) {
  const found = useAnswer(`log ${id}`, (signal) => notes(id, signal)), [text, setText] = useState(''), [error, setError] = useState<Error | null>(null);
  const submit = (e: FormEvent) => {
    e.preventDefault();
    setError(null);
    addNote(id, text).then(() => { setText(''); found.again(); }, setError);
  };
  return (
    <section className="card" aria-labelledby="log-title">
      <h2 id="log-title"><Text k="device.log" /></h2>
      <form className="form" onSubmit={submit}>
        <Field label={<Text k="device.log.text" />}><input required value={text} onChange={(e) => setText(e.target.value)} /></Field>
        <button type="submit"><Text k="device.log.add" /></button>
      </form>
      {error && <Failure error={error} />}
      {found.data?.length ? <ul className="log">{found.data.map((n) => <li key={n.at}><time dateTime={n.at}>{dateTime(n.at)}</time>{n.text}</li>)}</ul> : found.data && <p className="note"><Text k="device.log.none" /></p>}
    </section>
  );
}

function Keys({ id }: { id: string }) {
  const [made, setMade] = useState<WithKey | null>(null), [error, setError] = useState<Error | null>(null), [sure, setSure] = useState(false);
  return (
    <section className="card" aria-labelledby="key-title">
      <h2 id="key-title"><Text k="device.key" /></h2>
      {made ? <KeyOnce made={made} /> : (
        <>
          <p><Text k="device.key.lead" /></p>
          {sure ? <p className="links"><button type="button" className="primary" onClick={() => { setError(null); newKey(id).then(setMade, setError); }}><Text k="device.key.sure" /></button><button type="button" onClick={() => setSure(false)}><Text k="action.cancel" /></button></p> : <button type="button" onClick={() => setSure(true)}><Text k="device.key.new" /></button>}
        </>
      )}
      {error && <Failure error={error} />}
    </section>
  );
}
