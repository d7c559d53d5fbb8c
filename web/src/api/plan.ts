// Plans, their measures and their indicators, as the graph holds them (docs/plan.md).
import { api, get, withQuery } from './client';
import { inLanguage } from './entity';
import { useAnswer } from './useAnswer';

type Texts = Record<string, string>;
interface Attribute {
  type?: string;
  value?: unknown;
  object?: string | string[];
  languageMap?: Texts;
  datasetId?: string;
  observedAt?: string;
  unitCode?: string;
  [sub: string]: unknown;
}
type Raw = { id: string; type: string } & Record<string, unknown>;

export interface Plan {
  id: string;
  key: string;
  title: string;
  vision: string;
  description: string;
  foundation: string;
  direction: string;
  start: string;
  end: string;
  themes: { key: string; title: string }[];
  projects: { title: string; theme: string; source: string }[];
  replaces: string;
}
export interface Measure {
  id: string;
  title: string;
  position: number;
  plan: string;
}
export interface Provenance {
  kind: 'computed' | 'entered';
  source?: Texts | string;
  asOf?: string;
  numerator?: number;
  denominator?: number;
  entities?: number;
}
/** A value of an indicator: what, when, and where it comes from. */
export interface Figure {
  value: number;
  at: string;
  computed: boolean;
  provenance: Provenance;
}
export interface Target {
  plan: string;
  value: number;
  due: string;
  note: string;
}
export interface Term {
  aggregate: string;
  type: string;
  attribute?: string | string[];
  q?: string;
}
export interface Definition {
  aggregate: string;
  type?: string;
  attribute?: string | string[];
  q?: string;
  numerator?: Term;
  denominator?: Term;
  factor?: number;
}
export interface Indicator {
  id: string;
  key: string;
  name: string;
  description: string;
  unit: string;
  unitCode: string;
  lower: boolean;
  digits: number;
  position: number;
  measures: string[];
  targets: Target[];
  definition: Definition | null;
  computed: Figure | null;
  entered: Figure | null;
  /** What stands for it: the computed value where there is one. */
  shown: Figure | null;
}
export interface Plans {
  plans: Plan[]; // the latest first
  measures: Measure[];
  indicators: Indicator[];
}

/** The datasetId of a value that was entered beside one that is computed. */
export const enteredDataset = 'urn:tsunagu:entered';

export const listOf = (attribute: unknown): Attribute[] => (attribute === undefined ? [] : Array.isArray(attribute) ? (attribute as Attribute[]) : [attribute as Attribute]);
const first = (raw: Raw, name: string): Attribute | undefined => listOf(raw[name])[0];
const text = (attribute: Attribute | undefined): string => said(attribute?.languageMap ?? attribute?.value);
export const said = (value: unknown): string => (typeof value === 'string' ? value : value && typeof value === 'object' ? inLanguage(value as Texts) : '');
const keyOf = (id: string) => id.slice(id.lastIndexOf(':') + 1);
const ids = (attribute: Attribute | undefined): string[] => (attribute?.object === undefined ? [] : Array.isArray(attribute.object) ? attribute.object : [attribute.object]);

export function figureOf(attribute: Attribute): Figure | null {
  if (typeof attribute.value !== 'number') return null;
  const kept = (attribute.provenance as Attribute | undefined)?.value as Provenance | undefined;
  const provenance: Provenance = kept?.kind ? kept : { kind: 'entered' };
  return { value: attribute.value, at: attribute.observedAt ?? '', computed: provenance.kind === 'computed', provenance };
}

function planOf(raw: Raw): Plan {
  const list = (name: string) => { const found = first(raw, name)?.value; return (Array.isArray(found) ? found : found ? [found] : []) as Record<string, unknown>[]; };
  return {
    id: raw.id, key: keyOf(raw.id), title: text(first(raw, 'title')), vision: text(first(raw, 'vision')), description: text(first(raw, 'description')),
    foundation: text(first(raw, 'foundation')), direction: text(first(raw, 'direction')), start: text(first(raw, 'startDate')), end: text(first(raw, 'endDate')),
    themes: list('theme').map((v) => ({ key: said(v.key), title: said(v.title) })), projects: list('project').map((v) => ({ title: said(v.title), theme: said(v.theme), source: said(v.source) })),
    replaces: ids(first(raw, 'replaces'))[0] ?? '',
  };
}

export function indicatorOf(raw: Raw): Indicator {
  const figures = listOf(raw.kpiValue).map(figureOf).filter((f) => f !== null);
  const latest = (computed: boolean) => figures.filter((f) => f.computed === computed).sort((a, b) => b.at.localeCompare(a.at))[0] ?? null;
  const computed = latest(true), entered = latest(false);
  return {
    id: raw.id, key: keyOf(raw.id), name: text(first(raw, 'name')), description: text(first(raw, 'description')), unit: text(first(raw, 'unit')),
    unitCode: text(first(raw, 'measurementUnit')), lower: text(first(raw, 'direction')) === 'lower', digits: Number(first(raw, 'digits')?.value ?? 0), position: Number(first(raw, 'position')?.value ?? 0),
    measures: listOf(raw.refMeasure).flatMap(ids), definition: (first(raw, 'definition')?.value as Definition | undefined) ?? null,
    targets: listOf(raw.target).filter((t) => typeof t.value === 'number').map((t) => ({ plan: t.datasetId ?? '', value: t.value as number, due: text(t.dueDate as Attribute), note: text(t.note as Attribute) })),
    computed, entered, shown: computed ?? entered,
  };
}

export async function loadPlans(signal?: AbortSignal): Promise<Plans> {
  const { data } = await get<Raw[]>(withQuery(`${api}/entities`, { type: 'Plan,Measure,KeyPerformanceIndicator', limit: 1000 }), signal);
  const of = (type: string) => data.filter((e) => e.type === type);
  return {
    plans: of('Plan').map(planOf).sort((a, b) => b.start.localeCompare(a.start)),
    measures: of('Measure').map((raw) => ({ id: raw.id, title: text(first(raw, 'title')), position: Number(first(raw, 'position')?.value ?? 0), plan: ids(first(raw, 'partOf'))[0] ?? '' })).sort((a, b) => a.position - b.position),
    indicators: of('KeyPerformanceIndicator').map(indicatorOf).sort((a, b) => a.position - b.position),
  };
}
export const usePlans = () => useAnswer('plans', loadPlans);

export const indicatorsOf = (plans: Plans, measure: Measure): Indicator[] => plans.indicators.filter((i) => i.measures.includes(measure.id));
/** The plan of this key; without one the latest that has indicators. */
export function planFor(plans: Plans, key: string | null): Plan | undefined {
  const counted = plans.plans.filter((p) => plans.measures.some((m) => m.plan === p.id && indicatorsOf(plans, m).length));
  return plans.plans.find((p) => p.key === key) ?? counted[0] ?? plans.plans[0];
}
export const targetOf = (indicator: Indicator, plan: string): Target | undefined => indicator.targets.find((t) => t.plan === plan) ?? indicator.targets.find((t) => !t.plan);

/** Every remembered value, oldest first; of one day and kind only what was written last. */
export async function history(id: string, signal?: AbortSignal): Promise<Figure[]> {
  const path = withQuery(`${api}/temporal/entities/${encodeURIComponent(id).replaceAll('%3A', ':')}`, { attrs: 'kpiValue', lastN: 5000 });
  const { data } = await get<Raw>(path, signal);
  const found = new Map<string, Figure>();
  for (const instance of listOf(data.kpiValue)) {
    const figure = figureOf(instance);
    if (figure?.at) found.set(`${figure.at} ${figure.computed}`, figure);
  }
  return [...found.values()].sort((a, b) => a.at.localeCompare(b.at));
}

/** How much of the target is reached, in percent, truncated to 0.1 as plans print it: exact, in whole numbers. Null where smaller is better. */
export function reached(value: number, target: number, lower: boolean): number | null {
  const [a, b] = [decimal(value), decimal(target)];
  if (lower || !a || !b || b.units === 0n) return null;
  return Number((a.units * 10n ** BigInt(b.scale) * 1000n) / (b.units * 10n ** BigInt(a.scale))) / 10;
}

function decimal(value: number): { units: bigint; scale: number } | null {
  const found = /^(-?)(\d+)(?:\.(\d+))?$/.exec(String(value));
  if (!found) return null;
  const fraction = found[3] ?? '';
  return { units: BigInt(`${found[1]}${found[2]}${fraction}`), scale: fraction.length };
}
