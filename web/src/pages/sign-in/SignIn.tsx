// Signing in: whichever proof one has.
import './sign-in.css';
import { type FormEvent, type ReactNode, useRef, useState } from 'react';
import { ApiError } from '../../api/client';
import { inLanguage } from '../../api/entity';
import { namedHost, passkeysWork, signInByPasskey, wasCancelled } from '../../api/passkey';
import { type Me, safeNext, signIn, signOut, useSession } from '../../api/session';
import { pageAt } from '../../app/pages';
import { address, go, usePlace } from '../../app/route';
import { positionOf } from '../../app/Who';
import { Text } from '../../i18n/Text';
import { DemoAccounts } from '../../ui/DemoAccounts';
import { PasskeyHelp } from '../../ui/PasskeyHelp';
import { Empty, Field, Loading } from '../../ui/parts';
import { Refused } from '../../ui/Refused';
import { ByCard } from './ByCard';
import { Recovery } from './Recovery';

/** Where one wanted to go; addresses of the program that are no pages of ours (another application asks for a sign-in) are loaded. */
export function goOn(next: string): void {
  if (next && !pageAt(next.split(/[?#]/)[0]!)) location.assign(next);
  else go(next || '/', true);
}

export default function SignIn() {
  const me = useSession(), { query } = usePlace(), next = safeNext(query.get('next'));
  return (
    <>
      <h1><Text k="signIn.title" /></h1>
      {!me ? <Loading /> : me.auth === 'none' ? <Empty title={<Text k="gate.open" />}><p><Text k="gate.open.do" /></p></Empty> : me.subject ? <Already me={me} next={next} /> : <Ways me={me} next={next} failed={query.get('error')} />}
    </>
  );
}

function Already({ me, next }: { me: Me; next: string }) {
  const subject = me.subject!;
  return (
    <section className="card narrow">
      <p><Text k="signIn.already" values={{ name: subject.name, position: positionOf(subject) }} /></p>
      <p className="links"><button type="button" className="primary" onClick={() => goOn(next)}><Text k="signIn.goOn" /></button> <button type="button" onClick={() => void signOut()}><Text k="signIn.other" /></button></p>
    </section>
  );
}

function Ways({ me, next, failed }: { me: Me; next: string; failed: string | null }) {
  const has = (way: string) => me.methods.includes(way), [recover, setRecover] = useState(false), done = () => goOn(next);
  const onDemo = (home: string) => goOn(next || home);
  return (
    <>
      <p className="lead"><Text k={next ? 'signIn.lead.next' : 'signIn.lead'} /></p>
      {failed && <p className="notice" role="alert"><Text k="signIn.provider.failed" /></p>}
      <div className="cards">
        {has('passkey') && <Passkey done={done} />}
        {has('password') && (recover ? <Recovery done={done} back={() => setRecover(false)} /> : <Password done={done} recover={() => setRecover(true)} />)}
        {has('card') && <ByCard done={done} />}
        {me.providers.length > 0 && (
          <Way id="providers" heading="signIn.providers">
            <p><Text k="signIn.providers.lead" /></p>
            {/* Not of the portal: the program sends the browser on. */}
            <p className="links">{me.providers.map((p) => <a key={p.key} className="button" href={address(`/auth/provider/${p.key}`, { next })}>{typeof p.title === 'string' ? p.title : inLanguage(p.title)}</a>)}</p>
          </Way>
        )}
      </div>
      <DemoAccounts me={me} onSignedIn={onDemo} />
    </>
  );
}

export function Way({ id, heading, children }: { id: string; heading: Parameters<typeof Text>[0]['k']; children: ReactNode }) {
  return <section className="card" aria-labelledby={`by-${id}`}><h2 id={`by-${id}`}><Text k={heading} /></h2>{children}</section>;
}

function Passkey({ done }: { done: () => void }) {
  const [said, setSaid] = useState<'' | 'asking' | 'cancelled'>(''), [error, setError] = useState<Error | null>(null);
  const start = () => {
    setSaid('asking');
    setError(null);
    signInByPasskey().then(done, (problem: Error) => {
      setSaid(wasCancelled(problem) ? 'cancelled' : '');
      if (!wasCancelled(problem)) setError(problem);
    });
  };
  return (
    <Way id="passkey" heading="signIn.passkey">
      <p><Text k="signIn.passkey.lead" /></p>
      {passkeysWork() && namedHost() ? <p><button type="button" className="primary big" disabled={said === 'asking'} onClick={start}><Text k="signIn.passkey.do" /></button></p> : <PasskeyHelp />}
      <div role="status">{said === 'asking' ? <p><Text k="signIn.passkey.asking" /></p> : said === 'cancelled' && <p className="notice"><Text k="signIn.passkey.cancelled" /></p>}</div>
      {error && <Refused error={error} />}
    </Way>
  );
}

function Password({ done, recover }: { done: () => void; recover: () => void }) {
  const [step, setStep] = useState<'password' | 'code'>('password'), [sending, setSending] = useState(false), [error, setError] = useState<Error | null>(null), proof = useRef({ account: '', password: '' });
  const submit = (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    const data = new FormData(e.currentTarget);
    if (step === 'password') proof.current = { account: String(data.get('account')).trim(), password: String(data.get('password')) };
    const code = step === 'code' ? String(data.get('code')).normalize('NFKC').replace(/\s/g, '') : undefined;
    setSending(true);
    setError(null);
    signIn('/auth/password', { ...proof.current, ...(code && { code }) }).then(done, (problem: Error) => {
      const wantsCode = problem instanceof ApiError && problem.more.next === 'code';
      if (wantsCode && step === 'password') setStep('code');
      else setError(problem);
      setSending(false);
    });
  };
  return (
    <Way id="password" heading="signIn.password">
      <form className="form" onSubmit={submit}>
        {step === 'password' ? (
          <>
            <Field label={<Text k="signIn.account" />}><input name="account" autoComplete="username webauthn" autoCapitalize="none" spellCheck={false} required maxLength={200} defaultValue={proof.current.account} /></Field>
            <Field label={<Text k="signIn.secret" />}><input name="password" type="password" autoComplete="current-password" required maxLength={1000} /></Field>
          </>
        ) : (
          <>
            <p role="status"><Text k="signIn.code.lead" values={{ account: proof.current.account }} /></p>
            <Field label={<Text k="signIn.code" />}><input key="code" name="code" inputMode="numeric" autoComplete="one-time-code" required maxLength={20} autoFocus /></Field>
          </>
        )}
        {error && <Refused error={error} />}
        <button type="submit" className="primary" disabled={sending}><Text k="signIn" /></button>
      </form>
      <p className="after">{step === 'code' && <><button type="button" className="link" onClick={() => { setStep('password'); setError(null); }}><Text k="action.back" /></button> · </>}<button type="button" className="link" onClick={recover}><Text k="signIn.recover" /></button></p>
    </Way>
  );
}

