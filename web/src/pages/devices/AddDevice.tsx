// A device is made known: by the code on it (an address of this page that holds what it says), or by hand.
import './things.css';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { type Entity, titleOf } from '../../api/entity';
import { type NewDevice, type WithKey, addDevice, all } from '../../api/things';
import { useAnswer } from '../../api/useAnswer';
import { Link, change, usePlace } from '../../app/route';
import { t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { RightGate } from '../../ui/Gate';
import { Failure, Field, Loading } from '../../ui/parts';
import { deviceAddress } from './Devices';
import { KeyOnce } from './KeyOnce';

const fields = ['group', 'address', 'model', 'name', 'serialNumber', 'asset'] as const;

/** What the code on a device says: the parameters of an address, or a JSON object. Undefined: it is no such code. */
export function codeOf(text: string): Record<string, string> | undefined {
  let found: [string, unknown][] = [];
  try {
    found = text.trim().startsWith('{') ? Object.entries(JSON.parse(text) as object) : [...new URL(text.trim()).searchParams];
  } catch {
    return undefined;
  }
  const known = found.filter(([key, value]) => (fields as readonly string[]).includes(key) && typeof value === 'string');
  return known.length ? Object.fromEntries(known) as Record<string, string> : undefined;
}

export default function AddDevice() {
  return (
    <>
      <p className="crumbs"><Link to="/devices"><Text k="devices.title" /></Link> ›</p>
      <h1><Text k="devices.add" /></h1>
      <p className="lead"><Text k="add.lead" /></p>
      <RightGate may={['devices']}><Adding /></RightGate>
    </>
  );
}

function Adding() {
  const { query } = usePlace(), [made, setMade] = useState<WithKey | null>(null);
  const known = useAnswer('models', (signal) => Promise.all([all('DeviceModel', signal), all('ServiceGroup', signal)]));
  if (made) {
    return (
      <section className="card" aria-labelledby="made-title">
        <h2 id="made-title"><Text k="add.done" /></h2>
        <KeyOnce made={made} />
        <p className="links"><Link to={deviceAddress(made.id)} className="button primary"><Text k="add.see" /></Link><button type="button" onClick={() => { setMade(null); change(Object.fromEntries(fields.map((f) => [f, '']))); }}><Text k="add.another" /></button></p>
      </section>
    );
  }
  if (!known.data) return known.error ? <Failure error={known.error} again={known.again} /> : <Loading />;
  const [models, groups] = known.data, given = Object.fromEntries(fields.map((f) => [f, query.get(f) ?? ''])) as Record<(typeof fields)[number], string>;
  return <div className="two wide-left adding"><Form key={JSON.stringify(given)} given={given} models={models} groups={groups} onMade={setMade} /><Scan onCode={(code) => change(code)} /></div>;
}

function Form({ given, models, groups, onMade }: { given: Record<string, string>; models: Entity[]; groups: Entity[]; onMade: (made: WithKey) => void }) {
  const [error, setError] = useState<Error | null>(null), [place, setPlace] = useState<[number, number] | null>(null), [busy, setBusy] = useState(false);
  const submit = (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    const data = new FormData(e.currentTarget), draft: Record<string, unknown> = {};
    for (const field of fields) {
      const value = String(data.get(field) ?? '').trim();
      if (value) draft[field] = value;
    }
    if (place) draft.location = { type: 'Point', coordinates: place };
    setError(null);
    setBusy(true);
    addDevice(draft as unknown as NewDevice).then((made) => onMade({ group: String(draft.group), address: String(draft.address), ...made }), setError).finally(() => setBusy(false));
  };
  const text = (name: (typeof fields)[number], required = false) => <input name={name} defaultValue={given[name]} required={required} autoCapitalize="none" spellCheck={false} list={name === 'group' ? 'groups' : undefined} />;
  return (
    <form className="form card" onSubmit={submit}>
      {Object.values(given).some(Boolean) && <p className="notice"><Text k="add.read" /></p>}
      <Field label={<Text k="device.name" />}>{text('name')}</Field>
      <Field label={<Text k="device.group" />}>{text('group', true)}</Field>
      <datalist id="groups">{groups.map((g) => <option key={g.id} value={String(g.name)} />)}</datalist>
      <Field label={<Text k="device.address" />}>{text('address', true)}</Field>
      <Field label={<Text k="device.model" />}>
        <select name="model" defaultValue={given.model}>
          <option value="">{t('add.model.none')}</option>
          {!!given.model && !models.some((m) => m.id === given.model) && <option value={given.model}>{given.model.split(':').at(-1)}</option>}
          {models.map((m) => <option key={m.id} value={m.id}>{titleOf(m)}</option>)}
        </select>
      </Field>
      <Field label={<Text k="add.serial" />}>{text('serialNumber')}</Field>
      <Field label={<Text k="add.asset" />}>{text('asset')}</Field>
      <p>
        <button type="button" onClick={() => navigator.geolocation.getCurrentPosition(({ coords }) => setPlace([coords.longitude, coords.latitude]), () => setError(new Error(t('near.refused'))))}><Text k="add.here" /></button>{' '}
        <span role="status">{place && `${place[1].toFixed(4)}, ${place[0].toFixed(4)}`}</span>
      </p>
      {error && <Failure error={error} />}
      <button type="submit" className="primary" disabled={busy}><Text k="add.do" /></button>
    </form>
  );
}

interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}

/** The camera where the browser reads codes by itself; else the text of the code. */
function Scan({ onCode }: { onCode: (code: Record<string, string>) => void }) {
  const Reader = (window as { BarcodeDetector?: new (options: { formats: string[] }) => Detector }).BarcodeDetector;
  const [text, setText] = useState(''), [wrong, setWrong] = useState(false), [on, setOn] = useState(false), video = useRef<HTMLVideoElement>(null);
  const take = (found: string) => {
    const code = codeOf(found);
    setWrong(!code);
    if (code) onCode(code);
    return !!code;
  };
  useEffect(() => {
    if (!on || !Reader) return;
    let stream: MediaStream | undefined, timer: ReturnType<typeof setTimeout>, over = false;
    const reader = new Reader({ formats: ['qr_code'] });
    const look = async () => {
      const found = video.current ? await reader.detect(video.current).catch(() => []) : [];
      if (over) return;
      if (found[0] && take(found[0].rawValue)) return setOn(false);
      timer = setTimeout(() => void look(), 200);
    };
    navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } }).then((opened) => {
      stream = opened;
      if (over) return opened.getTracks().forEach((track) => track.stop());
      if (video.current) video.current.srcObject = opened;
      void look();
    }, () => setOn(false));
    return () => {
      over = true;
      clearTimeout(timer);
      stream?.getTracks().forEach((track) => track.stop());
    };
  }, [on]);
  return (
    <section className="card" aria-labelledby="scan-title">
      <h2 id="scan-title"><Text k="scan.title" /></h2>
      <p><Text k="scan.lead" /></p>
      {Reader && <p><button type="button" aria-pressed={on} onClick={() => setOn(!on)}><Text k={on ? 'scan.stop' : 'scan.camera'} /></button></p>}
      {on && <video ref={video} className="camera" autoPlay playsInline muted aria-label={t('scan.camera')} />}
      <form className="form" onSubmit={(e) => { e.preventDefault(); take(text); }}>
        <Field label={<Text k="scan.text" />}><input value={text} onChange={(e) => setText(e.target.value)} autoCapitalize="none" spellCheck={false} /></Field>
        <button type="submit"><Text k="scan.do" /></button>
      </form>
      <p role="status">{wrong && <Text k="scan.wrong" />}</p>
    </section>
  );
}
