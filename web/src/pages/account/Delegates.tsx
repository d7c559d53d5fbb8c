// People who may act for me: a daughter, a son, a helper. Both see everything that is done.
import { type FormEvent, useState } from 'react';
import { addDelegate, delegates, endDelegate, endOfDay } from '../../api/account';
import { useAnswer } from '../../api/useAnswer';
import { date } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { Confirm } from '../../ui/Confirm';
import { Failure, Field, Loading } from '../../ui/parts';
import { Refused } from '../../ui/Refused';

export function Delegates() {
  const found = useAnswer('delegates', delegates), [error, setError] = useState<Error | null>(null), [said, setSaid] = useState(false);
  const add = (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    const form = e.currentTarget, data = new FormData(form);
    setError(null);
    addDelegate(String(data.get('delegate')).trim(), endOfDay(String(data.get('until')))).then(() => { form.reset(); setSaid(true); found.again(); }, setError);
  };
  return (
    <section className="card" aria-labelledby="delegates-title">
      <h2 id="delegates-title"><Text k="delegates.title" /></h2>
      <p><Text k="delegates.lead" /></p>
      {!found.data ? found.error ? <Failure error={found.error} again={found.again} /> : <Loading /> : found.data.length > 0 && (
        <ul className="list">
          {found.data.map((d) => <li key={d.id}><span>{d.name ?? d.delegate}<small className="block">{d.until ? <Text k="until.day" values={{ day: date(d.until) }} /> : <Text k="until.none" />}</small></span><Confirm label={<Text k="delegates.end" />} sure={<Text k="delegates.end.sure" />} name={d.name ?? ''} work={() => endDelegate(d.id)} done={found.again} /></li>)}
        </ul>
      )}
      <form className="form" onSubmit={add}>
        <Field label={<Text k="delegates.account" />}><input name="delegate" required maxLength={200} autoComplete="off" autoCapitalize="none" spellCheck={false} /></Field>
        <Field label={<Text k="delegates.until" />}><input name="until" type="date" /></Field>
        {error && <Refused error={error} />}
        <button type="submit"><Text k="delegates.add" /></button>
        <p role="status">{said && !error && <Text k="delegates.added" />}</p>
      </form>
    </section>
  );
}
