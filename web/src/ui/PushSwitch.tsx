// Whether notices are shown on this device, and on which others.
import { useState } from 'react';
import { allowHere, devices, removeDevice, stopHere, tryPush } from '../api/push';
import { deviceOf } from '../api/account';
import { useSession } from '../api/session';
import { useAnswer } from '../api/useAnswer';
import { ago } from '../i18n/text';
import { Text } from '../i18n/Text';
import { Failure, Loading } from './parts';

export function PushSwitch() {
  const me = useSession();
  return (
    <section className="card" aria-labelledby="push-title">
      <h2 id="push-title"><Text k="push.title" /></h2>
      <p><Text k="push.lead" /></p>
      {!me ? <Loading /> : me.auth === 'on' && !me.subject ? <p className="note"><Text k="push.signIn" /></p> : <Mine />}
    </section>
  );
}

function Mine() {
  const found = useAnswer('push', devices), [busy, setBusy] = useState(false), [error, setError] = useState<Error | null>(null), [refused, setRefused] = useState(false), [tried, setTried] = useState<string | null>(null);
  const act = (work: () => Promise<unknown>) => {
    setBusy(true);
    setError(null);
    setRefused(false);
    setTried(null);
    work().then((done) => setRefused(done === false), (e: Error) => setError(e)).finally(() => { setBusy(false); found.again(); });
  };
  if (!found.data) return found.error ? <Failure error={found.error} again={found.again} /> : <Loading />;
  const { here, others } = found.data;
  return (
    <>
      {here === 'unsupported' ? <p className="note"><Text k="push.unsupported" /></p> : here === 'blocked' ? <p className="notice"><Text k="push.blocked" /></p> : (
        <label className="check"><input type="checkbox" role="switch" checked={here === 'on'} disabled={busy} onChange={(e) => (e.target.checked ? act(() => allowHere(deviceOf(navigator.userAgent))) : act(stopHere))} /> <Text k="push.here" /></label>
      )}
      {here === 'on' && <p className="links"><button type="button" className="small" disabled={busy} onClick={() => act(() => tryPush().then(setTried))}><Text k="push.try" /></button></p>}
      {tried !== null && <p role="status" className={tried ? 'notice' : 'note'}>{tried ? <><Text k="push.try.failed" /> <small>{tried}</small></> : <Text k="push.try.sent" />}</p>}
      {refused && here !== 'blocked' && <p className="note" role="status"><Text k="push.refused" /></p>}
      {error && <Failure error={error} />}
      {others.length > 0 && (
        <>
          <h3><Text k="push.others" /></h3>
          <ul className="list">{others.map((d) => <li key={d.id}><span>{d.name || <Text k="push.device" />} <small>{ago(d.made)}</small></span><button type="button" className="small" disabled={busy} onClick={() => act(() => removeDevice(d.id))}><Text k="push.remove" /><span className="hidden-text"> {d.name}</span></button></li>)}</ul>
        </>
      )}
    </>
  );
}
