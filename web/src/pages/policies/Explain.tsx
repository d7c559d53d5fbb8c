// Why may somebody, or may not: the rule, and what makes it hold.
import { type FormEvent, useState } from 'react';
import { type Explanation, explain } from '../../api/policies';
import { say } from '../../api/entity';
import { useSession } from '../../api/session';
import { named, t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { Failure, Field } from '../../ui/parts';

const actions = ['read', 'history', 'subscribe', 'create', 'update', 'delete'] as const;

export function Explain() {
  const [found, setFound] = useState<Explanation | null>(null), [error, setError] = useState<Error | null>(null), purposes = useSession()?.purposes ?? [];
  const submit = (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    const data = new FormData(e.currentTarget), one = (name: string) => String(data.get(name) ?? '').trim();
    setError(null);
    setFound(null);
    explain({ subject: one('subject'), action: one('action'), entity: one('entity'), purpose: one('purpose') }).then(setFound, setError);
  };
  return (
    <section className="card" aria-labelledby="explain-title">
      <h2 id="explain-title"><Text k="explain.title" /></h2>
      <p><Text k="explain.lead" /></p>
      <form className="tools" onSubmit={submit}>
        <Field label={<Text k="explain.subject" />}><input name="subject" required autoCapitalize="none" spellCheck={false} /></Field>
        <Field label={<Text k="explain.action" />}><select name="action">{actions.map((a) => <option key={a} value={a}>{t(`explain.${a}`)}</option>)}</select></Field>
        <Field label={<Text k="explain.entity" />}><input name="entity" required autoCapitalize="none" spellCheck={false} /></Field>
        <Field label={<Text k="purpose" />}><select name="purpose"><option value="">{t('purpose.none')}</option>{purposes.map((p) => <option key={p.key} value={p.key}>{say(p.title, p.key)}</option>)}</select></Field>
        <button type="submit"><Text k="explain.do" /></button>
      </form>
      {error && <Failure error={error} />}
      {found && (
        <div role="status" className="explained">
          <p className="state big"><span className={found.allowed ? 'dot good' : 'dot bad'} /> <Text k={found.allowed ? 'explain.yes' : 'explain.no'} /></p>
          <dl className="facts">
            {found.rule && <div><dt><Text k="explain.rule" /></dt><dd><code>{found.rule}</code></dd></div>}
            {found.because && <div><dt><Text k="explain.because" /></dt><dd><code>{found.because.replace(/^urn:ngsi-ld:/, '')}</code></dd></div>}
            {Array.isArray(found.attributes) && <div><dt><Text k="explain.attributes" /></dt><dd>{found.attributes.map((a) => named('attribute', a)).join(t('separator'))}</dd></div>}
            <div><dt><Text k="explain.why" /></dt><dd>{found.reason}</dd></div>
          </dl>
          {found.rules.map((r) => (
            <details key={r.rule} open={found.rules.length === 1}>
              <summary>{say(r.title, r.rule)} <small>{r.rule}</small></summary>
              <ul className="conditions">{r.conditions.map((c, i) => <li key={i}><span className={c.holds ? 'dot good' : 'dot bad'} /><span className="hidden-text">{t(c.holds ? 'value.true' : 'value.false')}</span> {c.text}</li>)}</ul>
            </details>
          ))}
        </div>
      )}
    </section>
  );
}
