// A new consent, one question at a time: to whom, for what, what, until when; then everything once more before it is given. The address
// keeps the step, so that the browser's "back" goes a step back.
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { endOfDay } from '../../api/account';
import { choicesFor, dayIn, give, offers } from '../../api/consents';
import { say } from '../../api/entity';
import type { Subject } from '../../api/session';
import { useAnswer } from '../../api/useAnswer';
import { change, usePlace } from '../../app/route';
import { date, number, t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { Failure, Field, Loading } from '../../ui/parts';

const months = [1, 3, 6, 12] as const, last = 5;

interface Choice {
  person: string;
  to: string;
  purpose: string;
  types: string[];
  until: string;
}

export function Give({ subject, done }: { subject: Subject; done: (body: string) => void }) {
  const found = useAnswer('offers', offers), { query } = usePlace(), wanted = Number(query.get('step')) || 1;
  const [choice, setChoice] = useState<Choice>({ person: '', to: '', purpose: '', types: [], until: dayIn(12) }), [sending, setSending] = useState(false), [error, setError] = useState<Error | null>(null);
  const ready = [true, choice.to !== '', choice.purpose !== '', choice.types.length > 0, choice.until >= dayIn(0)];
  const step = Math.max(1, Math.min(wanted, last, ready.indexOf(false) === -1 ? last : ready.indexOf(false))), heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [step, found.data]);
  if (!found.data) return found.error ? <Failure error={found.error} again={found.again} /> : <Loading />;
  const { persons } = found.data, { bodies, purposes, types } = choicesFor(found.data, choice.to, choice.purpose);
  const put = (part: Partial<Choice>) => setChoice({ ...choice, ...part }), to = (next: number) => change({ step: next }, false);
  const body = say(bodies.find((b) => b.id === choice.to)?.name), purpose = say(purposes.find((p) => p.key === choice.purpose)?.title);
  const self = subject.actsFor ?? subject, others = persons.filter((p) => p.id !== self.id);
  const person = persons.find((p) => p.id === choice.person)?.name ?? self.name;
  const what = types.filter((x) => choice.types.includes(x.type)).map((x) => say(x.title, x.type));
  const send = () => {
    setSending(true);
    setError(null);
    give({ ...(choice.person && { person: choice.person }), to: choice.to, purpose: choice.purpose, types: choice.types, until: endOfDay(choice.until) }).then(() => done(body), (problem: Error) => { setError(problem); setSending(false); });
  };
  const titles = ['give.to', 'give.purpose', 'give.what', 'give.until', 'give.summary'] as const;
  const questions: Record<number, ReactNode> = {
    1: (
      <>
        {others.length > 0 && (
          <Field label={<Text k="give.person" />}>
            <select value={choice.person} onChange={(e) => put({ person: e.target.value })}><option value="">{t('give.myself', { name: self.name })}</option>{others.map((p) => <option key={p.id} value={p.id}>{p.name}</option>)}</select>
          </Field>
        )}
        <Choose name="to" legend={t('give.to')} value={choice.to} onChange={(v) => put({ to: v, purpose: '', types: [] })} options={bodies.map((b) => ({ value: b.id, title: say(b.name) }))} />
      </>
    ),
    2: <Choose name="purpose" legend={t('give.purpose')} value={choice.purpose} onChange={(v) => put({ purpose: v, types: [] })} options={purposes.map((p) => ({ value: p.key, title: say(p.title, p.key) }))} />,
    3: (
      <fieldset className="choices">
        <legend className="hidden-text"><Text k="give.what" /></legend>
        {types.map((x) => (
          <label key={x.type} className="choice"><input type="checkbox" checked={choice.types.includes(x.type)} onChange={(e) => put({ types: e.target.checked ? [...choice.types, x.type] : choice.types.filter((k) => k !== x.type) })} /><span>{say(x.title, x.type)}</span></label>
        ))}
      </fieldset>
    ),
    4: (
      <>
        <div className="links until">{months.map((n) => <button key={n} type="button" aria-pressed={choice.until === dayIn(n)} onClick={() => put({ until: dayIn(n) })}><Text k="give.months" values={{ n }} /></button>)}</div>
        <Field label={<Text k="give.day" />}><input type="date" value={choice.until} min={dayIn(0)} max={dayIn(60)} onChange={(e) => put({ until: e.target.value })} /></Field>
      </>
    ),
    5: (
      <>
        <p className="sentence"><Text k="give.sentence" values={{ person, body, purpose, what: what.join(t('separator')), day: choice.until ? date(`${choice.until}T00:00:00+09:00`) : '' }} /></p>
        <p><Text k="give.any" /></p>
      </>
    ),
  };
  return (
    <section className="card give" aria-labelledby="give-title">
      <p className="note"><Text k="give.step" values={{ n: number(step), of: number(last) }} /></p>
      <h2 id="give-title" ref={heading} tabIndex={-1}><Text k={titles[step - 1]!} /></h2>
      {questions[step]}
      {error && <Failure error={error} />}
      <p className="give-buttons">
        <button type="button" onClick={() => (step === 1 ? change({ step: undefined }) : to(step - 1))}><Text k={step === 1 ? 'action.cancel' : 'action.back'} /></button>
        {step < last ? <button type="button" className="primary" disabled={!ready[step]} onClick={() => to(step + 1)}><Text k="action.next" /></button> : <button type="button" className="primary" disabled={sending} onClick={send}><Text k="give.do" /></button>}
      </p>
    </section>
  );
}

function Choose({ name, legend, value, onChange, options }: { name: string; legend: string; value: string; onChange: (value: string) => void; options: { value: string; title: string }[] }) {
  return (
    <fieldset className="choices">
      <legend className="hidden-text">{legend}</legend>
      {options.map((o) => <label key={o.value} className="choice"><input type="radio" name={name} checked={o.value === value} onChange={() => onChange(o.value)} /><span>{o.title}</span></label>)}
    </fieldset>
  );
}
