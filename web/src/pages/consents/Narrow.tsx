// Less than before: fewer kinds of data, or an earlier end. More is a new consent.
import { type FormEvent, useState } from 'react';
import { endOfDay } from '../../api/account';
import { type Consent, narrow } from '../../api/consents';
import { say } from '../../api/entity';
import { Text } from '../../i18n/Text';
import { Failure, Field } from '../../ui/parts';

export function Narrow({ consent, done }: { consent: Consent; done: (saved: boolean) => void }) {
  const [kept, setKept] = useState(() => new Set(consent.types.map((x) => x.type))), [error, setError] = useState<Error | null>(null), last = consent.until?.slice(0, 10);
  const submit = (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    const until = endOfDay(String(new FormData(e.currentTarget).get('until'))), fewer = kept.size < consent.types.length, earlier = until && until !== consent.until;
    if (!fewer && !earlier) return done(false);
    setError(null);
    narrow(consent.id, { ...(fewer && { types: [...kept] }), ...(earlier && { until }) }).then(() => done(true), setError);
  };
  return (
    <form className="form narrow-form" onSubmit={submit}>
      {consent.types.length > 1 && (
        <fieldset>
          <legend><Text k="consents.keep" /></legend>
          {consent.types.map((x) => (
            <label key={x.type} className="check"><input type="checkbox" checked={kept.has(x.type)} onChange={(e) => setKept(new Set(e.target.checked ? [...kept, x.type] : [...kept].filter((k) => k !== x.type)))} /> {say(x.title, x.type)}</label>
          ))}
        </fieldset>
      )}
      <Field label={<Text k="consents.until" />}><input name="until" type="date" max={last} defaultValue={last} /></Field>
      {kept.size === 0 && <p className="notice"><Text k="consents.keep.none" /></p>}
      {error && <Failure error={error} />}
      <p className="links"><button type="submit" className="primary" disabled={kept.size === 0}><Text k="action.save" /></button> <button type="button" onClick={() => done(false)}><Text k="action.cancel" /></button></p>
    </form>
  );
}
