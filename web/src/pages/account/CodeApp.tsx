// A second proof beside the password: an app that shows a new code every half minute; and codes on paper for when it is lost.
import { type FormEvent, useState } from 'react';
import { type Totp, beginTotp, confirmTotp, endTotp, newCodes, ownAccount } from '../../api/account';
import { useAnswer } from '../../api/useAnswer';
import { t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { Confirm } from '../../ui/Confirm';
import { Failure, Field, Loading } from '../../ui/parts';
import { Refused } from '../../ui/Refused';

export function CodeApp() {
  const [totp, setTotp] = useState<Totp | null>(null), [codes, setCodes] = useState<string[] | null>(null), [ended, setEnded] = useState(false), found = useAnswer('own account', ownAccount), on = found.data?.totp, [error, setError] = useState<Error | null>(null);
  const begin = () => {
    setError(null);
    setEnded(false);
    beginTotp().then(setTotp, setError);
  };
  const confirm = (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    setError(null);
    confirmTotp(String(new FormData(e.currentTarget).get('code')).normalize('NFKC').replace(/\s/g, '')).then((list) => { setCodes(list); setTotp(null); found.again(); }, setError);
  };
  return (
    <section className="card" aria-labelledby="code-title">
      <h2 id="code-title"><Text k="totp.title" /></h2>
      {codes ? <Codes codes={codes} done={() => setCodes(null)} /> : totp ? (
        <>
          <ol className="numbered">
            <li><Text k="totp.scan" /><img className="qr" alt={t('totp.qr')} src={`data:image/svg+xml,${encodeURIComponent(totp.qr)}`} width="220" height="220" /></li>
            <li><Text k="totp.type" /> <code className="block">{totp.secret.replace(/(.{4})/g, '$1 ').trim()}</code></li>
            <li><Text k="totp.confirm.lead" /></li>
          </ol>
          <form className="form" onSubmit={confirm}>
            <Field label={<Text k="signIn.code" />}><input name="code" inputMode="numeric" autoComplete="one-time-code" required maxLength={10} /></Field>
            <p className="links"><button type="submit" className="primary"><Text k="totp.confirm" /></button> <button type="button" onClick={() => setTotp(null)}><Text k="action.cancel" /></button></p>
          </form>
        </>
      ) : !found.data ? found.error ? <Failure error={found.error} again={found.again} /> : <Loading /> : (
        <>
          <p><Text k="totp.lead" /></p>
          {on && <p className="state"><span className="dot good" /> <Text k="totp.on" values={{ n: found.data.recoveryCodes }} /></p>}
          {on
            ? <p className="links"><button type="button" onClick={() => { setError(null); newCodes().then(setCodes, setError); }}><Text k="recovery.new" /></button> <Confirm small={false} label={<Text k="totp.end" />} sure={<Text k="totp.end.sure" />} name="" work={endTotp} done={() => { setEnded(true); found.again(); }} /></p>
            : <p><button type="button" onClick={begin}><Text k="totp.begin" /></button></p>}
          <p role="status">{ended && <Text k="totp.ended" />}</p>
        </>
      )}
      {error && <Refused error={error} />}
    </section>
  );
}

/** Shown once: to be printed or written down. */
function Codes({ codes, done }: { codes: string[]; done: () => void }) {
  return (
    <div className="codes" role="status">
      <h3><Text k="recovery.title" /></h3>
      <p><Text k="recovery.keep" /></p>
      <ol className="numbered">{codes.map((c) => <li key={c}><code>{c}</code></li>)}</ol>
      <p className="links"><button type="button" className="primary" onClick={() => print()}><Text k="action.print" /></button> <button type="button" onClick={done}><Text k="recovery.kept" /></button></p>
    </div>
  );
}
