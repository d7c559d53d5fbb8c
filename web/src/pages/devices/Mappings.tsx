// The mapping bench: a payload on one side, what becomes of it on the other. Nothing is kept.
import './things.css';
import { type FormEvent, useState } from 'react';
import { titleOf, valueText } from '../../api/entity';
import { type Bench, all, formats, tryMapping } from '../../api/things';
import { useAnswer } from '../../api/useAnswer';
import { Link } from '../../app/route';
import { dateTime, t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { RightGate } from '../../ui/Gate';
import { Failure, Field } from '../../ui/parts';

const own = 'mapping';
const examples: Record<string, string> = {
  [own]: '{"time": "2026-07-09T03:00:00Z", "id": "A7", "lvl": 512, "tw": 18.2}',
  json: '{"waterLevel": 8.5, "waterTemperature": 18.2}', ultralight: 'waterLevel|8.5|waterTemperature|18.2', line: 'paddy,device=A7 waterLevel=8.5,waterTemperature=18.2',
  ndjson: '{"k":"paddies","i":"A7","t":"2026-07-09T03:00:00Z","v":{"waterLevel":8.5}}',
  chirpstack: '{"deviceInfo":{"applicationId":"app","devEui":"0123456789abcdef"},"time":"2026-07-09T03:00:00Z","object":{"waterLevel":8.5}}',
};
const exampleMapping = 'device = "/id"\ntime = "/time"\n\n[[reading]]\nname = "waterLevel"\nfrom = "/lvl"\nscale = 0.0166\n\n[[reading]]\nname = "waterTemperature"\nfrom = "/tw"\n';

export default function Mappings() {
  return (
    <>
      <p className="crumbs"><Link to="/devices"><Text k="devices.title" /></Link> ›</p>
      <h1><Text k="mappings.title" /></h1>
      <p className="lead"><Text k="mappings.lead" /></p>
      <RightGate may={['devices']}><Try /></RightGate>
    </>
  );
}

function Try() {
  const [way, setWay] = useState<string>(own), [payload, setPayload] = useState(examples[own]!), [mapping, setMapping] = useState(exampleMapping), [encoding, setEncoding] = useState('text'), [model, setModel] = useState('');
  const [found, setFound] = useState<Bench | null>(null), [error, setError] = useState<Error | null>(null);
  const models = useAnswer('device models', (signal) => all('DeviceModel', signal));
  const choose = (next: string) => {
    if (Object.values(examples).includes(payload)) setPayload(examples[next] ?? '');
    setWay(next);
    setFound(null);
  };
  const submit = (e: FormEvent) => {
    e.preventDefault();
    setError(null);
    setFound(null);
    tryMapping({ payload, ...(way === own ? { mapping } : { format: way }), ...(encoding !== 'text' && { encoding }), ...(model && { model }) }).then(setFound, setError);
  };
  return (
    <>
      <form className="bench" onSubmit={submit}>
        <div className="tools">
          <Field label={<Text k="mappings.way" />}><select value={way} onChange={(e) => choose(e.target.value)}><option value={own}>{t('mappings.own')}</option>{formats.map((f) => <option key={f} value={f}>{t(`mappings.${f}`)}</option>)}</select></Field>
          <Field label={<Text k="mappings.encoding" />}><select value={encoding} onChange={(e) => setEncoding(e.target.value)}><option value="text">{t('mappings.text')}</option><option value="base64">{t('mappings.base64')}</option></select></Field>
          <Field label={<Text k="device.model" />}><select value={model} onChange={(e) => setModel(e.target.value)}><option value="">{t('add.model.none')}</option>{models.data?.map((m) => <option key={m.id} value={m.id}>{titleOf(m)}</option>)}</select></Field>
        </div>
        <div className="two">
          <Field label={<Text k="mappings.payload" />}><textarea value={payload} onChange={(e) => setPayload(e.target.value)} spellCheck={false} required /></Field>
          {way === own && <Field label={<Text k="mappings.mapping" />}><textarea value={mapping} onChange={(e) => setMapping(e.target.value)} spellCheck={false} required /></Field>}
        </div>
        <p><button type="submit" className="primary"><Text k="mappings.try" /></button></p>
      </form>
      {error && <Failure error={error} />}
      {found && <Found found={found} />}
    </>
  );
}

function Found({ found: { readings, faults, entity } }: { found: Bench }) {
  return (
    <div className="two" role="status">
      <section className="card" aria-labelledby="readings-title">
        <h2 id="readings-title"><Text k="mappings.readings" values={{ n: readings.length }} /></h2>
        {faults.length > 0 && <div className="failure"><p className="empty-title"><Text k="mappings.faults" /></p><ul>{faults.map((f) => <li key={f}>{f}</li>)}</ul></div>}
        {readings.length > 0 && (
          <div className="table-box" tabIndex={0} role="group" aria-labelledby="readings-title">
            <table>
              <thead><tr><th scope="col"><Text k="mappings.device" /></th><th scope="col"><Text k="device.measure" /></th><th scope="col"><Text k="device.value" /></th><th scope="col"><Text k="time" /></th></tr></thead>
              <tbody>{readings.map((r, i) => <tr key={i}><td>{r.device}</td><th scope="row"><code>{r.name}</code></th><td>{valueText(r.value)}</td><td>{r.observedAt && dateTime(r.observedAt)}</td></tr>)}</tbody>
            </table>
          </div>
        )}
      </section>
      <section className="card" aria-labelledby="entity-title">
        <h2 id="entity-title"><Text k="mappings.entity" /></h2>
        <pre className="json" tabIndex={0}>{JSON.stringify(entity, null, 2)}</pre>
      </section>
    </div>
  );
}
