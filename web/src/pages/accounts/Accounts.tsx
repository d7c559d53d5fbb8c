// Accounts of people, keys of devices and programs.
import '../sign-in/sign-in.css';
import { type FormEvent, useState } from 'react';
import { type AccountSummary, accounts, addAccount, addKey, changeAccount, keys, removeKey, resetAccount } from '../../api/administration';
import { useAnswer } from '../../api/useAnswer';
import { date, t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { Confirm } from '../../ui/Confirm';
import { Gate } from '../../ui/Gate';
import { CopyLine, Empty, Failure, Field, Loading } from '../../ui/parts';
import { Refused } from '../../ui/Refused';

const kinds = ['resident', 'staff', 'device', 'program'] as const;

export default function Accounts() {
  return <><h1><Text k="accounts.title" /></h1><Gate may={['accounts']}>{() => <><People /><Keys /></>}</Gate></>;
}

function People() {
  const found = useAnswer('accounts', accounts), [text, setText] = useState(''), shown = found.data?.filter((a) => `${a.account} ${a.name}`.toLowerCase().includes(text.trim().toLowerCase()));
  return (
    <>
      <section aria-labelledby="accounts-list">
        <h2 id="accounts-list"><Text k="accounts.list" /></h2>
        <div className="tools"><Field label={<Text k="history.find" />}><input type="search" value={text} onChange={(e) => setText(e.target.value)} /></Field></div>
        {!shown ? found.error ? <Failure error={found.error} again={found.again} /> : <Loading /> : !shown.length ? <Empty title={<Text k="accounts.none" />} /> : (
          <div className="table-box" tabIndex={0} role="group" aria-labelledby="accounts-list">
            <table>
              <thead><tr><th scope="col"><Text k="name" /></th><th scope="col"><Text k="type" /></th><th scope="col"><Text k="accounts.state" /></th><th scope="col"><Text k="accounts.do" /></th></tr></thead>
              <tbody>{shown.map((a) => <Row key={a.account} account={a} again={found.again} />)}</tbody>
            </table>
          </div>
        )}
      </section>
      <Add added={found.again} />
    </>
  );
}

function Row({ account: a, again }: { account: AccountSummary; again: () => void }) {
  const [code, setCode] = useState('');
  return (
    <tr>
      <th scope="row">{a.name}<small className="block">{a.account}{a.tenant && ` · ${a.tenant}`}</small></th>
      <td className="nowrap">{kinds.includes(a.kind as 'staff') ? <Text k={`subject.${a.kind as 'staff'}`} /> : a.kind}</td>
      <td className="nowrap"><Text k={a.disabled ? 'accounts.disabled' : 'accounts.active'} /></td>
      <td className="links account-do">{a.disabled
        ? <Confirm label={<Text k="accounts.enable" />} sure={<Text k="accounts.enable.sure" />} name={a.name} work={() => changeAccount(a.account, { disabled: false })} done={again} />
        : <Confirm label={<Text k="accounts.disable" />} sure={<Text k="accounts.disable.sure" />} name={a.name} work={() => changeAccount(a.account, { disabled: true })} done={again} />}
        {code ? <CopyLine text={code} /> : <Confirm label={<Text k="accounts.reset" />} sure={<Text k="accounts.reset.sure" />} name={a.name} work={() => resetAccount(a.account).then(setCode)} done={() => undefined} />}</td>
    </tr>
  );
}

/** The id of their entity: as given, or made of the account's name. */
const personId = (kind: string, text: string): string => (text.startsWith('urn:') ? text : `urn:ngsi-ld:${kind === 'staff' ? 'Staff' : 'Resident'}:${text}`);

function Add({ added }: { added: () => void }) {
  const [error, setError] = useState<Error | null>(null), [said, setSaid] = useState<{ account: string; secret: string } | null>(null);
  const submit = (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    const form = e.currentTarget, data = new FormData(form), one = (name: string) => String(data.get(name) ?? '').trim();
    setError(null);
    addAccount({ account: one('account'), name: one('name'), kind: one('kind'), id: personId(one('kind'), one('id') || one('account')), ...(one('password') && { password: one('password') }) }).then((code) => {
      setSaid({ account: one('account'), secret: code });
      form.reset();
      added();
    }, setError);
  };
  return (
    <section className="card" aria-labelledby="add-account">
      <h2 id="add-account"><Text k="accounts.add" /></h2>
      <form onSubmit={submit}>
        <div className="two">
          <div className="form">
            <Field label={<Text k="name" />}><input name="name" required maxLength={200} autoComplete="off" /></Field>
            <Field label={<Text k="signIn.account" />}><input name="account" required maxLength={100} autoComplete="off" autoCapitalize="none" spellCheck={false} /></Field>
          </div>
          <div className="form">
            <Field label={<Text k="type" />}><select name="kind" defaultValue="staff">{(['resident', 'staff'] as const).map((k) => <option key={k} value={k}>{t(`subject.${k}`)}</option>)}</select></Field>
            <Field label={<Text k="accounts.password" />}><input name="password" type="password" autoComplete="new-password" minLength={12} maxLength={256} /></Field>
            <Field label={<Text k="accounts.subject" />}><input name="id" maxLength={300} autoCapitalize="none" spellCheck={false} /></Field>
          </div>
        </div>
        {error && <Refused error={error} />}
        <p className="after"><button type="submit" className="primary"><Text k="accounts.add.do" /></button></p>
      </form>
      {said && <div role="status"><p><Text k="accounts.added" values={{ account: said.account }} /></p>{said.secret && <><p><Text k="tenants.secret" /></p><CopyLine text={said.secret} /></>}</div>}
    </section>
  );
}

function Keys() {
  const found = useAnswer('keys', keys), [error, setError] = useState<Error | null>(null), [secret, setSecret] = useState('');
  const submit = (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    const form = e.currentTarget, data = new FormData(form);
    setError(null);
    addKey({ name: String(data.get('name')).trim(), kind: String(data.get('kind')), subject: String(data.get('subject')).trim() }).then((key) => { setSecret(key); form.reset(); found.again(); }, setError);
  };
  return (
    <section className="card" aria-labelledby="keys-title">
      <h2 id="keys-title"><Text k="keys.title" /></h2>
      <p><Text k="keys.lead" /></p>
      {!found.data ? found.error ? <Failure error={found.error} again={found.again} /> : <Loading /> : (
        <ul className="list">
          {found.data.map((k) => <li key={k.id}><span>{k.name}<small className="block">{k.subject.replace(/^urn:ngsi-ld:/, '')}{k.made && ` · ${date(k.made)}`}</small></span><Confirm label={<Text k="keys.end" />} sure={<Text k="keys.end.sure" />} name={k.name} work={() => removeKey(k.id)} done={found.again} /></li>)}
        </ul>
      )}
      <form className="tools" onSubmit={submit}>
        <Field label={<Text k="name" />}><input name="name" required maxLength={100} autoComplete="off" /></Field>
        <Field label={<Text k="type" />}><select name="kind">{(['device', 'program'] as const).map((k) => <option key={k} value={k}>{t(`subject.${k}`)}</option>)}</select></Field>
        <Field label={<Text k="keys.subject" />}><input name="subject" required maxLength={300} autoCapitalize="none" spellCheck={false} /></Field>
        <button type="submit"><Text k="keys.add" /></button>
      </form>
      {error && <Refused error={error} />}
      {secret && <div role="status"><p className="notice"><Text k="keys.once" /></p><CopyLine text={secret} /></div>}
    </section>
  );
}
