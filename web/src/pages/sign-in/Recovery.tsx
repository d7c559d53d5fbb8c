// When the code app or the password is lost: one of the recovery codes gives a new password.
import { type FormEvent, useState } from 'react';
import { signIn } from '../../api/session';
import { Text } from '../../i18n/Text';
import { Field } from '../../ui/parts';
import { Refused } from '../../ui/Refused';
import { Way } from './SignIn';

export function Recovery({ done, back }: { done: () => void; back: () => void }) {
  const [error, setError] = useState<Error | null>(null), [sending, setSending] = useState(false);
  const submit = (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    const data = new FormData(e.currentTarget);
    setSending(true);
    setError(null);
    signIn('/auth/recovery', { account: String(data.get('account')).trim(), code: String(data.get('code')).normalize('NFKC').trim(), password: String(data.get('password')) }).then(done, (problem: Error) => {
      setError(problem);
      setSending(false);
    });
  };
  return (
    <Way id="recovery" heading="recovery.heading">
      <p><Text k="recovery.lead" /></p>
      <form className="form" onSubmit={submit}>
        <Field label={<Text k="signIn.account" />}><input name="account" autoComplete="username" autoCapitalize="none" spellCheck={false} required maxLength={200} autoFocus /></Field>
        <Field label={<Text k="recovery.code" />}><input name="code" autoComplete="off" autoCapitalize="none" spellCheck={false} required maxLength={100} /></Field>
        <Field label={<Text k="password.new" />}><input name="password" type="password" autoComplete="new-password" required minLength={12} maxLength={1000} /></Field>
        <p className="note"><Text k="password.rule" /></p>
        {error && <Refused error={error} />}
        <button type="submit" className="primary" disabled={sending}><Text k="recovery.do" /></button>
      </form>
      <p className="after"><button type="button" className="link" onClick={back}><Text k="action.back" /></button></p>
      <p className="note"><Text k="recovery.none" /></p>
    </Way>
  );
}
