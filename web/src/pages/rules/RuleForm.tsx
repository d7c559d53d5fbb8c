// A rule in a form. What the form does not know stays as it is; the text knows everything.
import { type ReactNode, useState } from 'react';
import { type Action, type Comparison, type Rule, type Safety, type Trigger, comparisonsOf, durationOf, minutesOf, operators, queryOf } from '../../api/automation';
import { useTypes } from '../../api/region';
import { settings } from '../../app/settings';
import { type Key, isNamed, named, t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { Field } from '../../ui/parts';

/** What the portal calls the attributes that the rule names: so that its sentences and reasons are in people's words. */
export function withWords(rule: Rule): Rule {
  const { language } = settings.get(), known = (rule.words ?? {}) as Record<string, unknown>;
  if (language === 'easy') return rule;
  const actions = [...(rule.then ?? []), ...(rule.ended ?? []), ...(rule.safe ?? [])];
  const names = [...`${rule.if ?? ''};${rule.until ?? ''}`.matchAll(/([A-Za-z]\w*)(?=[<>=!])/g)].map((m) => m[1]!);
  names.push(...(rule.trigger?.change ?? []), ...(rule.trigger?.attributes ?? []), ...(rule.safety?.signal ?? []), ...actions.flatMap((a) => [a.command, a.set, a.target].filter((n) => n !== undefined)));
  const added = Object.fromEntries(names.filter((n) => !(n in known) && isNamed('attribute', n)).map((n) => [n, { [language]: named('attribute', n) }]));
  return Object.keys(added).length ? { ...rule, words: { ...known, ...added } } : rule;
}

interface Props {
  rule: Rule;
  onChange: (rule: Rule) => void;
}
/** Without what is empty. */
const lean = <T extends object>(object: T): T => Object.fromEntries(Object.entries(object).filter(([, v]) => v !== undefined && v !== '' && !(Array.isArray(v) && !v.length) && !(v && typeof v === 'object' && !Array.isArray(v) && !Object.keys(v as object).length))) as T;
const words = (text: string): string[] => text.split(/[,、\s]+/).filter(Boolean);

export function RuleForm({ rule, onChange }: Props) {
  const types = useTypes(), type = rule.types?.[0] ?? '', attributes = types.data?.find((i) => i.typeName === type)?.attributeDetails.map((a) => a.attributeName) ?? [];
  const set = (part: Partial<Rule>) => onChange(lean({ ...rule, ...part }) as Rule);
  const safety = (part: Partial<Safety>) => set({ safety: lean({ ...rule.safety, ...part }) });
  return (
    <form className="rule-form" onSubmit={(e) => e.preventDefault()}>
      <datalist id="attributes">{attributes.map((a) => <option key={a} value={a}>{named('attribute', a)}</option>)}</datalist>
      <Part k="form.what">
        <div className="rule-row">
          <span className="grow"><Field label={<Text k="form.title" />}><input value={rule.title?.ja ?? ''} onChange={(e) => set({ title: { ...rule.title, ja: e.target.value } })} /></Field></span>
          <span className="grow"><Field label={<Text k="form.title.en" />}><input value={rule.title?.en ?? ''} onChange={(e) => set({ title: lean({ ...rule.title, en: e.target.value }) })} /></Field></span>
          <span className="grow"><Field label={<Text k="form.source" />}><input value={rule.source ?? ''} onChange={(e) => set({ source: e.target.value })} /></Field></span>
        </div>
      </Part>
      <Part k="form.for">
        <div className="rule-row">
          <Field label={<Text k="type" />}>
            <select value={type} onChange={(e) => set({ types: e.target.value ? [e.target.value] : [] })}>
              <option value="">{t('choose')}</option>
              {!!type && !types.data?.some((i) => i.typeName === type) && <option value={type}>{named('type', type)}</option>}
              {types.data?.map((i) => <option key={i.typeName} value={i.typeName}>{named('type', i.typeName)}</option>)}
            </select>
          </Field>
          <span className="grow"><Field label={<Text k="form.where" />}><input value={rule.where ?? ''} onChange={(e) => set({ where: e.target.value })} spellCheck={false} autoCapitalize="none" /></Field></span>
        </div>
      </Part>
      <Part k="form.when"><When trigger={rule.trigger ?? { change: [] }} onChange={(trigger) => set({ trigger })} /></Part>
      <Part k="form.if">
        <Query label="form.holds" q={rule.if} onChange={(q) => set({ if: q })} />
        <div className="rule-row"><Minutes label="form.lasting" value={rule.for} onChange={(v) => set({ for: v })} /><Field label={<Text k="form.hours" />}><input value={rule.hours ?? ''} placeholder={'02:00-07:00'} onChange={(e) => set({ hours: e.target.value })} /></Field><Field label={<Text k="form.season" />}><input value={rule.season ?? ''} placeholder={'07-04/07-16'} onChange={(e) => set({ season: e.target.value })} /></Field></div>
        <Query label="form.until" q={rule.until} onChange={(q) => set({ until: q })} />
      </Part>
      <Part k="form.then"><Actions actions={rule.then ?? []} onChange={(then) => set({ then })} /></Part>
      <Part k="form.ended"><Actions actions={rule.ended ?? []} onChange={(ended) => set({ ended })} /></Part>
      <Part k="form.safety">
        <div className="rule-row">
          <Minutes label="form.maxRun" value={rule.safety?.max_run} onChange={(max_run) => safety({ max_run })} />
          <WordsField label="form.signal" value={rule.safety?.signal ?? []} onChange={(signal) => safety({ signal, lost_after: signal.length ? rule.safety?.lost_after ?? 'PT30M' : undefined })} />
          <Minutes label="form.lost" value={rule.safety?.lost_after} onChange={(lost_after) => safety({ lost_after })} />
        </div>
        <div className="rule-row">
          <Field label={<Text k="form.atMost" />}><input type="number" min={0} value={rule.safety?.at_most ?? ''} onChange={(e) => safety(Number(e.target.value) ? { at_most: Number(e.target.value), within: rule.safety?.within ?? 'PT1H' } : { at_most: undefined, within: undefined })} /></Field>
          <Minutes label="form.within" value={rule.safety?.within} onChange={(within) => safety({ within })} />
          <Minutes label="form.manual" value={rule.safety?.manual} onChange={(manual) => safety({ manual })} />
        </div>
        <Locks locks={rule.safety?.interlock ?? []} onChange={(interlock) => safety({ interlock })} />
      </Part>
    </form>
  );
}

const Part = ({ k, children }: { k: Key; children: ReactNode }) => <fieldset><legend><Text k={k} /></legend>{children}</fieldset>;
const Remove = ({ n, onClick }: { n: number; onClick: () => void }) => <button type="button" className="small" onClick={onClick}><Text k="form.remove" /><span className="hidden-text"> {n}</span></button>;

function Minutes({ label, value, onChange }: { label: Key; value: string | undefined; onChange: (duration: string | undefined) => void }) {
  return <Field label={<Text k={label} />}><input type="number" min={0} step="any" value={minutesOf(value) ?? ''} onChange={(e) => onChange(Number(e.target.value) > 0 ? durationOf(Number(e.target.value)) : undefined)} /></Field>;
}

const kinds = ['change', 'every', 'at', 'silent'] as const;

function When({ trigger, onChange }: { trigger: Trigger; onChange: (trigger: Trigger) => void }) {
  const kind = kinds.find((k) => trigger[k] !== undefined);
  const choose = (next: string) => onChange(next === 'change' ? { change: [] } : next === 'every' ? { every: 'PT10M' } : next === 'at' ? { at: ['06:00'] } : { silent: 'PT30M' });
  return (
    <div className="rule-row">
      <Field label={<Text k="form.trigger" />}><select value={kind ?? ''} onChange={(e) => choose(e.target.value)}>{!kind && <option value="">{t('form.other')}</option>}{kinds.map((k) => <option key={k} value={k}>{t(`form.trigger.${k}`)}</option>)}</select></Field>
      {kind === 'change' && <span className="grow"><WordsField label="form.attributes" value={trigger.change!} onChange={(change) => onChange({ change })} /></span>}
      {kind === 'every' && <Minutes label="form.minutes" value={trigger.every} onChange={(every) => onChange({ ...trigger, every: every ?? 'PT10M' })} />}
      {kind === 'at' && <WordsField label="form.times" value={trigger.at!} onChange={(at) => onChange({ ...trigger, at })} />}
      {kind === 'silent' && <><Minutes label="form.minutes" value={trigger.silent} onChange={(silent) => onChange({ ...trigger, silent: silent ?? 'PT30M' })} /><span className="grow"><WordsField label="form.attributes" value={trigger.attributes ?? []} onChange={(attributes) => onChange(lean({ ...trigger, attributes }))} /></span></>}
    </div>
  );
}

/** Words in a line; typed as they come, told as a list. */
function WordsField({ label, value, onChange }: { label: Key; value: string[]; onChange: (list: string[]) => void }) {
  const [text, setText] = useState(value.join(', '));
  return <Field label={<Text k={label} />}><input value={text} list="attributes" spellCheck={false} autoCapitalize="none" onChange={(e) => { setText(e.target.value); onChange(words(e.target.value)); }} /></Field>;
}

/** Comparisons that must all hold; what says more is a line of NGSI-LD's query language. */
function Query({ label, q, onChange }: { label: Key; q: string | undefined; onChange: (q: string) => void }) {
  const [list] = useState(() => comparisonsOf(q));
  if (!list) return <div className="rule-row"><span className="grow"><Field label={<Text k={label} />}><input value={q} spellCheck={false} onChange={(e) => onChange(e.target.value)} /></Field></span></div>;
  return <Comparisons label={label} given={list} onChange={(next) => onChange(queryOf(next))} />;
}

const blank: Comparison = { attribute: '', operator: '<', value: '' };

/** A row that is not complete yet counts when it is. */
function Comparisons({ label, given, onChange }: { label: Key; given: Comparison[]; onChange: (list: Comparison[]) => void }) {
  const [list, setList] = useState(given.length ? given : [blank]);
  const put = (next: Comparison[]) => {
    setList(next);
    onChange(next);
  };
  const change = (i: number, part: Partial<Comparison>) => put(list.map((c, j) => (i === j ? { ...c, ...part } : c)));
  return (
    <div role="group" aria-label={t(label)}>
      <p><strong><Text k={label} /></strong></p>
      {list.map((c, i) => (
        <div key={i} className="rule-row">
          <Field label={<Text k="form.attribute" />}><input value={c.attribute} list="attributes" spellCheck={false} autoCapitalize="none" onChange={(e) => change(i, { attribute: e.target.value.trim() })} /></Field>
          <Field label={<Text k="form.operator" />}><select value={c.operator} onChange={(e) => change(i, { operator: e.target.value })}>{operators.map((o) => <option key={o} value={o}>{o}</option>)}</select></Field>
          <Field label={<Text k="device.value" />}><input value={c.value} onChange={(e) => change(i, { value: e.target.value.trim() })} /></Field>
          <Remove n={i + 1} onClick={() => put(list.length > 1 ? list.filter((_, j) => j !== i) : [blank])} />
        </div>
      ))}
      <p className="tools"><button type="button" className="small" onClick={() => setList([...list, blank])}><Text k="form.and" /></button></p>
    </div>
  );
}

const actionKinds = ['set', 'command', 'notice', 'alarm', 'webhook'] as const;
const fresh: Record<(typeof actionKinds)[number], Action> = { set: { set: '', value: '' }, command: { command: '', value: '' }, notice: { notice: { ja: '' } }, alarm: { alarm: { ja: '' }, severity: 'major' }, webhook: { webhook: 'https://' } };
const severities = ['critical', 'major', 'minor', 'warning'] as const;
const valueOf = (text: string): unknown => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text === 'true' ? true : text === 'false' ? false : text);

function Actions({ actions, onChange }: { actions: Action[]; onChange: (actions: Action[]) => void }) {
  const put = (i: number, action: Action) => onChange(actions.map((a, j) => (i === j ? action : a)));
  return (
    <>
      {actions.map((a, i) => {
        const kind = actionKinds.find((k) => a[k] !== undefined) ?? 'set', text = kind === 'notice' || kind === 'alarm' ? a[kind]! : undefined;
        return (
          <div key={i} className="rule-row">
            <Field label={<Text k="form.action" />}><select value={kind} onChange={(e) => put(i, fresh[e.target.value as keyof typeof fresh])}>{actionKinds.map((k) => <option key={k} value={k}>{t(`form.action.${k}`)}</option>)}</select></Field>
            {(kind === 'set' || kind === 'command') && (
              <>
                <Field label={<Text k="form.attribute" />}><input value={a[kind]} list="attributes" spellCheck={false} autoCapitalize="none" onChange={(e) => put(i, { ...a, [kind]: e.target.value.trim() })} /></Field>
                <Field label={<Text k="device.value" />}><input value={typeof a.value === 'object' ? JSON.stringify(a.value) : String(a.value ?? '')} onChange={(e) => put(i, { ...a, value: valueOf(e.target.value) })} /></Field>
                <Field label={<Text k="form.target" />}><input value={a.target ?? ''} spellCheck={false} autoCapitalize="none" onChange={(e) => put(i, lean({ ...a, target: e.target.value.trim() }))} /></Field>
              </>
            )}
            {text && <span className="grow"><Field label={<Text k="form.words" />}><input value={text.ja ?? ''} onChange={(e) => put(i, { ...a, [kind]: { ...text, ja: e.target.value } })} /></Field></span>}
            {kind === 'alarm' && <Field label={<Text k="form.severity" />}><select value={a.severity} onChange={(e) => put(i, { ...a, severity: e.target.value })}>{severities.map((s) => <option key={s} value={s}>{t(`form.severity.${s}`)}</option>)}</select></Field>}
            {kind === 'webhook' && <span className="grow"><Field label={<Text k="form.url" />}><input type="url" value={a.webhook} onChange={(e) => put(i, { ...a, webhook: e.target.value })} /></Field></span>}
            <Remove n={i + 1} onClick={() => onChange(actions.filter((_, j) => j !== i))} />
          </div>
        );
      })}
      <p className="tools"><button type="button" className="small" onClick={() => onChange([...actions, fresh.set])}><Text k="form.action.add" /></button></p>
    </>
  );
}

function Locks({ locks, onChange }: { locks: NonNullable<Safety['interlock']>; onChange: (locks: NonNullable<Safety['interlock']>) => void }) {
  return (
    <>
      {locks.map((lock, i) => (
        <div key={i} className="rule-row">
          <span className="grow"><Field label={<Text k="form.must" />}><input value={lock.must} spellCheck={false} onChange={(e) => onChange(locks.map((l, j) => (i === j ? { ...l, must: e.target.value } : l)))} /></Field></span>
          <span className="grow"><Field label={<Text k="form.words" />}><input value={lock.ja ?? ''} onChange={(e) => onChange(locks.map((l, j) => (i === j ? { ...l, ja: e.target.value } : l)))} /></Field></span>
          <Remove n={i + 1} onClick={() => onChange(locks.filter((_, j) => j !== i))} />
        </div>
      ))}
      <p className="tools"><button type="button" className="small" onClick={() => onChange([...locks, { must: '' }])}><Text k="form.must.add" /></button></p>
    </>
  );
}
