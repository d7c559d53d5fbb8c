// The demonstration accounts: one press, and one is that person.
import { useState } from 'react';
import { inLanguage } from '../api/entity';
import { type Demo, type Me, safeNext, signIn } from '../api/session';
import { Text } from '../i18n/Text';
import { Failure } from './parts';

export function DemoAccounts({ me, onSignedIn }: { me: Me; onSignedIn: (home: string) => void }) {
  const [error, setError] = useState<Error | null>(null), [busy, setBusy] = useState('');
  if (!me.demo.length || me.subject) return null;
  const start = (demo: Demo) => {
    setBusy(demo.account);
    setError(null);
    signIn('/auth/demo', { account: demo.account }).then(() => onSignedIn(safeNext(demo.home)), (problem: Error) => {
      setError(problem);
      setBusy('');
    });
  };
  return (
    <section className="demo" aria-labelledby="demo-title">
      <h2 id="demo-title"><Text k="demo.title" /></h2>
      <p><Text k="demo.lead" /></p>
      {error && <Failure error={error} />}
      <ul className="demo-accounts">
        {me.demo.map((d) => (
          <li key={d.account} className="card">
            <h3 id={`demo-${d.account}`}>{inLanguage(d.title)}</h3>
            <p>{inLanguage(d.about)}</p>
            <button type="button" disabled={busy !== ''} onClick={() => start(d)} aria-describedby={`demo-${d.account}`}><Text k="demo.do" /></button>
          </li>
        ))}
      </ul>
    </section>
  );
}
