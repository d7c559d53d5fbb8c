// The rules: what each does, whether it is on, what it is doing now.
import '../devices/things.css';
import { type FormEvent, useState } from 'react';
import { type RuleSummary, rules, turn } from '../../api/automation';
import { say } from '../../api/entity';
import { useAnswer } from '../../api/useAnswer';
import { Link, go, segment } from '../../app/route';
import { t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { RightGate } from '../../ui/Gate';
import { Empty, Failure, Field, Loading } from '../../ui/parts';

export const ruleAddress = (name: string) => `/rules/${segment(name)}`;

export default function Rules() {
  return (
    <>
      <h1><Text k="rules.title" /></h1>
      <p className="lead"><Text k="rules.lead" /></p>
      <RightGate may={['automation']}><List /></RightGate>
    </>
  );
}

function List() {
  const found = useAnswer('rules', rules), [error, setError] = useState<Error | null>(null);
  const act = (rule: RuleSummary) => {
    setError(null);
    turn(rule.name, !rule.on).then(() => found.again(), setError);
  };
  return (
    <>
      <NewRule />
      {error && <Failure error={error} />}
      {!found.data ? found.error ? <Failure error={found.error} again={found.again} /> : <Loading /> : !found.data.rules.length ? <Empty title={<Text k="rules.none" />}><p><Text k="rules.none.do" /></p></Empty> : (
        <section aria-label={t('rules.title')}>
          {found.data.loops.map((loop) => <p key={loop.join()} className="notice" role="alert"><Text k="rules.loop" values={{ rules: loop.join(' → ') }} /></p>)}
          <ul className="list">
            {found.data.rules.map((r) => (
              <li key={r.name}>
                <span><Link to={ruleAddress(r.name)} className="result">{say(r.title, r.name)}</Link><small className="block">{say(r.words)}</small>{r.stopped && <small className="block"><span className="flag">{say(r.stopped)}</span></small>}</span>
                <span className="side"><span className="device-state"><span className={r.on ? 'dot good' : 'dot'} /> <Text k={r.on ? 'rules.on' : 'rules.off'} /></span>{r.active > 0 && <small className="block"><Text k="rules.active" values={{ n: r.active }} /></small>}<button type="button" className="small" onClick={() => act(r)}><Text k={r.on ? 'rules.turnOff' : 'rules.turnOn'} /><span className="hidden-text"> {say(r.title, r.name)}</span></button></span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function NewRule() {
  const [name, setName] = useState('');
  const submit = (e: FormEvent) => {
    e.preventDefault();
    go(ruleAddress(name.trim()));
  };
  return (
    <form className="tools" onSubmit={submit}>
      <Field label={<Text k="rules.name" />}><input value={name} onChange={(e) => setName(e.target.value)} required pattern="[a-z0-9][a-z0-9\-]*" title={t('rules.name.form')} autoCapitalize="none" spellCheck={false} /></Field>
      <button type="submit" className="primary"><Text k="rules.new" /></button>
    </form>
  );
}
