// My account: what I sign in with, where I am signed in, who may act for me.
import '../sign-in/sign-in.css';
import './account.css';
import { type FormEvent, useState } from 'react';
import { changePassword, deviceOf, endSession, sessions } from '../../api/account';
import { inLanguage } from '../../api/entity';
import { type Subject, actFor, useSession } from '../../api/session';
import { useAnswer } from '../../api/useAnswer';
import { address } from '../../app/route';
import { ago, aside, dateTime, named } from '../../i18n/text';
import { Name, Text } from '../../i18n/Text';
import { Confirm } from '../../ui/Confirm';
import { Gate } from '../../ui/Gate';
import { Failure, Field, Loading } from '../../ui/parts';
import { Refused } from '../../ui/Refused';
import { Cards } from './Cards';
import { CodeApp } from './CodeApp';
import { Delegates } from './Delegates';
import { Passkeys } from './Passkeys';

export default function Account() {
  return <><h1><Text k="account.title" /></h1><Gate>{(subject) => <Mine subject={subject} />}</Gate></>;
}

const assurances = ['assurance.0', 'assurance.1', 'assurance.2', 'assurance.3'] as const;

function Mine({ subject }: { subject: Subject }) {
  const me = useSession(), methods = me?.methods ?? [], providers = me?.providers ?? [];
  return (
    <>
      <section className="card narrow" aria-labelledby="who-am-i">
        <h2 id="who-am-i">{subject.name}</h2>
        <dl className="facts">
          <div><dt><Text k="account.name" /></dt><dd>{subject.account}</dd></div>
          {subject.roles.length > 0 && <div><dt><Text k="account.roles" /></dt><dd>{subject.roles.map((r) => <span key={`${r.role} ${r.body}`} className="block">{inLanguage(r.bodyName)}{aside(named('value', r.role))}</span>)}</dd></div>}
          <div><dt><Text k="account.assurance" /></dt><dd><Text k={assurances[subject.assurance] ?? 'assurance.1'} /></dd></div>
        </dl>
      </section>
      {subject.mayActFor.length > 0 && <ActFor subject={subject} />}
      <div className="cards account">
        <Passkeys />
        <CodeApp />
        {methods.includes('card') && <Cards />}
        <Delegates />
        {methods.includes('password') && <Password />}
        {providers.length > 0 && (
          <section className="card" aria-labelledby="link-title">
            <h2 id="link-title"><Text k="signIn.providers" /></h2>
            <p><Text k="account.link.lead" /></p>
            <p className="links">{providers.map((p) => <a key={p.key} className="button" href={address(`/auth/provider/${p.key}`, { link: '1', next: '/account' })}>{typeof p.title === 'string' ? p.title : inLanguage(p.title)}</a>)}</p>
          </section>
        )}
      </div>
      <Sessions />
    </>
  );
}

/** A grown-up child for a parent: everything they do then is written down with both names. */
function ActFor({ subject }: { subject: Subject }) {
  const [error, setError] = useState<Error | null>(null);
  return (
    <section className="card" aria-labelledby="act-for">
      <h2 id="act-for"><Text k="account.actFor" /></h2>
      <p><Text k="account.actFor.lead" /></p>
      <ul className="list">
        {subject.mayActFor.map((p) => (
          <li key={p.id}>
            <span>{p.name}</span>
            {subject.actsFor?.id === p.id
              ? <button type="button" className="small" onClick={() => void actFor(null).catch(setError)}><Text k="actsFor.end" /></button>
              : <button type="button" className="small" onClick={() => void actFor(p.id).catch(setError)}><Text k="account.actFor.do" values={{ name: p.name }} /></button>}
          </li>
        ))}
      </ul>
      {error && <Failure error={error} />}
    </section>
  );
}

function Password() {
  const [said, setSaid] = useState(false), [error, setError] = useState<Error | null>(null), [turn, setTurn] = useState(0);
  const submit = (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    const data = new FormData(e.currentTarget);
    setError(null);
    changePassword(String(data.get('old')), String(data.get('new'))).then(() => { setSaid(true); setTurn(turn + 1); }, setError);
  };
  return (
    <section className="card" aria-labelledby="password-title">
      <h2 id="password-title"><Text k="password.title" /></h2>
      <form className="form" key={turn} onSubmit={submit}>
        <Field label={<Text k="password.old" />}><input name="old" type="password" autoComplete="current-password" required maxLength={1000} /></Field>
        <Field label={<Text k="password.new" />}><input name="new" type="password" autoComplete="new-password" required minLength={12} maxLength={1000} /></Field>
        <p className="note"><Text k="password.rule" /></p>
        {error && <Refused error={error} />}
        <button type="submit"><Text k="password.change" /></button>
        <p role="status">{said && !error && <Text k="password.changed" />}</p>
      </form>
    </section>
  );
}

function Sessions() {
  const found = useAnswer('sessions', sessions);
  return (
    <section aria-labelledby="sessions-title">
      <h2 id="sessions-title"><Text k="sessions.title" /></h2>
      <p><Text k="sessions.lead" /></p>
      {!found.data ? found.error ? <Failure error={found.error} again={found.again} /> : <Loading /> : (
        <ul className="list">
          {found.data.map((s) => (
            <li key={s.id}>
              <span><strong>{deviceOf(s.agent)}</strong> {s.current && <span className="tag"><Text k="sessions.current" /></span>}
                <small className="block"><Name kind="value" name={s.method} /> · {s.peer} · <Text k="sessions.seen" values={{ when: dateTime(s.seen) + aside(ago(s.seen)) }} /></small></span>
              {!s.current && <Confirm label={<Text k="sessions.end" />} sure={<Text k="sessions.end.sure" />} name={deviceOf(s.agent)} work={() => endSession(s.id)} done={found.again} />}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
