// One rule: in a form or as text, tried on history before it is switched on, and what it did.
import '../devices/things.css';
import '../policies/policies.css';
import { useEffect, useState } from 'react';
import { type Checked, type Draft, type KeptRule, type Rule, checkRule, removeRule, rule, saveRule, turn } from '../../api/automation';
import { ApiError } from '../../api/client';
import { say } from '../../api/entity';
import { useAnswer } from '../../api/useAnswer';
import { Link, go, usePlace } from '../../app/route';
import { t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { RightGate } from '../../ui/Gate';
import { Failure, Loading } from '../../ui/parts';
import { RuleForm, withWords } from './RuleForm';
import { Records, Trial } from './Trial';

export default function RulePage() {
  const { path } = usePlace(), name = decodeURIComponent(path.slice('/rules/'.length));
  return (
    <>
      <p className="crumbs"><Link to="/rules"><Text k="rules.title" /></Link> ›</p>
      <RightGate may={['automation']}><One name={name} key={name} /></RightGate>
    </>
  );
}

/** null: there is none of this name yet. */
const orNone = (error: unknown) => {
  if (error instanceof ApiError && error.status === 404) return null;
  throw error;
};

function One({ name }: { name: string }) {
  const found = useAnswer(`rule ${name}`, (signal) => rule(name, signal).catch(orNone));
  if (found.data === undefined) return <><h1><Text k="rule.title" /></h1>{found.error ? <Failure error={found.error} again={found.again} /> : <Loading />}</>;
  return <Edit key={found.data?.tag ?? ''} name={name} kept={found.data?.kept} tag={found.data?.tag ?? ''} again={found.again} />;
}

const empty = (name: string): Rule => ({ name, title: { ja: '' }, types: [], trigger: { change: [] }, then: [{ set: '', value: '' }] });

function Edit({ name, kept, tag, again }: { name: string; kept?: KeptRule; tag: string; again: () => void }) {
  const [form, setForm] = useState(true), [draft, setDraft] = useState<Rule>(kept?.rule ?? empty(name)), [text, setText] = useState(kept?.text ?? ''), [checked, setChecked] = useState<Checked | null>(null);
  const [error, setError] = useState<Error | null>(null), [said, setSaid] = useState<'' | 'rule.saved' | 'rule.good'>(''), [busy, setBusy] = useState(false);
  const title = say(kept?.title, name), now: Draft = form ? { rule: withWords(draft) } : { text };
  useEffect(() => {
    document.title = `${title} | ${t('brand')}`;
  }, [title]);
  const act = (work: () => Promise<unknown>) => {
    setBusy(true);
    setError(null);
    setSaid('');
    work().catch((e: Error) => setError(e)).finally(() => setBusy(false));
  };
  const other = () => act(async () => {
    const both = await checkRule(now);
    setDraft(both.rule);
    setText(both.text);
    setForm(!form);
  });
  const stale = error instanceof ApiError && error.status === 412;
  return (
    <>
      <h1>{title}</h1>
      {kept ? (
        <>
          <p className="rule-words">{say(kept.words)}</p>
          {kept.stopped && <p className="notice">{say(kept.stopped)}</p>}
          <p className="links">
            <span className="state"><span className={kept.on ? 'dot good' : 'dot'} /> <Text k={kept.on ? 'rules.on' : 'rules.off'} />{kept.active > 0 && <> <Text k="rules.active" values={{ n: kept.active }} /></>}</span>
            <button type="button" className={kept.on ? '' : 'primary'} disabled={busy} onClick={() => act(() => turn(name, !kept.on).then(again))}><Text k={kept.on ? 'rules.turnOff' : 'rules.turnOn'} /></button>
          </p>
        </>
      ) : <p className="lead"><Text k="rule.new" /></p>}
      <div className="tabs" role="group" aria-label={t('rule.way')}>
        <button type="button" aria-pressed={form} disabled={busy} onClick={() => !form && other()}><Text k="rule.form" /></button>
        <button type="button" aria-pressed={!form} disabled={busy} onClick={() => form && other()}><Text k="rule.text" /></button>
      </div>
      {form ? <RuleForm rule={draft} onChange={(next) => { setDraft(next); setSaid(''); setChecked(null); }} /> : (
        <div className="editor"><div className="editor-lines" aria-hidden="true">{text.split('\n').map((_, i) => <span key={i}>{i + 1}</span>)}</div><textarea value={text} aria-label={t('rule.text')} wrap="off" spellCheck={false} rows={text.split('\n').length + 1} onChange={(e) => { setText(e.target.value); setSaid(''); setChecked(null); }} /></div>
      )}
      {stale ? <p className="notice" role="alert"><Text k="rule.stale" /></p> : error && <Failure error={error} />}
      {checked && <div role="status"><p className="rule-words">{say(checked.words)}</p>{checked.loops.map((loop) => <p key={loop.join()} className="notice"><Text k="rules.loop" values={{ rules: loop.join(' → ') }} /></p>)}</div>}
      <p className="links">
        <button type="button" disabled={busy} onClick={() => act(() => checkRule(now).then((c) => { setChecked(c); setSaid('rule.good'); }))}><Text k="rule.check" /></button>
        <button type="button" className="primary" disabled={busy} onClick={() => act(() => saveRule(name, now, tag).then(() => { setSaid('rule.saved'); again(); }))}><Text k="action.save" /></button>
        {kept && <button type="button" disabled={busy || kept.on} onClick={() => act(() => removeRule(name).then(() => go('/rules')))}><Text k="rule.remove" /></button>}
      </p>
      <p role="status">{said && <Text k={said} />}</p>
      <Trial draft={now} />
      {kept && <Records name={name} />}
    </>
  );
}
