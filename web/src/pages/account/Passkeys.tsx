import { type FormEvent, useState } from 'react';
import { passkeys, removePasskey } from '../../api/account';
import { addPasskey, namedHost, passkeysWork, wasCancelled } from '../../api/passkey';
import { useAnswer } from '../../api/useAnswer';
import { date } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { Confirm } from '../../ui/Confirm';
import { PasskeyHelp } from '../../ui/PasskeyHelp';
import { Failure, Field, Loading } from '../../ui/parts';
import { Refused } from '../../ui/Refused';

export function Passkeys() {
  const found = useAnswer('passkeys', passkeys), [said, setSaid] = useState<'' | 'asking' | 'cancelled' | 'added'>(''), [error, setError] = useState<Error | null>(null);
  const add = (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    const form = e.currentTarget, name = String(new FormData(form).get('name')).trim();
    setSaid('asking');
    setError(null);
    addPasskey(name).then(() => { setSaid('added'); form.reset(); found.again(); }, (problem: Error) => {
      setSaid(wasCancelled(problem) ? 'cancelled' : '');
      if (!wasCancelled(problem)) setError(problem);
    });
  };
  return (
    <section className="card" aria-labelledby="passkeys-title">
      <h2 id="passkeys-title"><Text k="passkeys.title" /></h2>
      <p><Text k="passkeys.lead" /></p>
      {!found.data ? found.error ? <Failure error={found.error} again={found.again} /> : <Loading /> : found.data.length > 0 && (
        <ul className="list">
          {found.data.map((p) => <li key={p.id}><span>{p.name}{p.made && <small className="block"><Text k="passkeys.since" values={{ day: date(p.made) }} /></small>}</span><Confirm label={<Text k="action.remove" />} sure={<Text k="passkeys.remove.sure" />} name={p.name} work={() => removePasskey(p.id)} done={found.again} /></li>)}
        </ul>
      )}
      {passkeysWork() && namedHost() ? (
        <form className="form" onSubmit={add}>
          <Field label={<Text k="passkeys.name" />}><input name="name" required maxLength={100} autoComplete="off" /></Field>
          <button type="submit" disabled={said === 'asking'}><Text k="passkeys.add" /></button>
        </form>
      ) : <PasskeyHelp />}
      <p role="status">{said === 'asking' ? <Text k="signIn.passkey.asking" /> : said === 'cancelled' ? <Text k="signIn.passkey.cancelled" /> : said === 'added' && <Text k="passkeys.added" />}</p>
      {error && <Refused error={error} />}
    </section>
  );
}
