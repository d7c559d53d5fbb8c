// Rules over the graph: written, tried on history, switched on and off; what they did and why.
import { get, request, send, withQuery } from './client';
import type { Words } from './datasets';
import { segment } from '../app/route';

export interface Action {
  command?: string;
  set?: string;
  value?: unknown;
  unit?: string;
  target?: string;
  notice?: Words;
  alarm?: Words;
  severity?: string;
  webhook?: string;
  body?: string;
}
export interface Trigger {
  change?: string[];
  every?: string;
  at?: string[];
  weekday?: string[];
  silent?: string;
  attributes?: string[];
  [other: string]: unknown; // sun, places: kept as they are
}
export interface Safety {
  interlock?: { must: string; ja?: string; en?: string }[];
  at_most?: number;
  within?: string;
  max_run?: string;
  signal?: string[];
  lost_after?: string;
  manual?: string;
}
/** A rule as the form and the text have it (docs/automation.md). */
export interface Rule {
  name: string;
  title?: Words;
  why?: Words;
  source?: string;
  types?: string[];
  where?: string;
  trigger?: Trigger;
  if?: string;
  for?: string;
  until?: string;
  hours?: string;
  season?: string;
  then?: Action[];
  ended?: Action[];
  safe?: Action[];
  safety?: Safety;
  [other: string]: unknown;
}
export interface RuleSummary {
  name: string;
  title: Words;
  on: boolean;
  stopped?: Words;
  words: Words;
  types: string[];
  active: number;
  ownerName?: string;
  modifiedAt: string;
}
export interface KeptRule extends RuleSummary {
  rule: Rule;
  text: string;
}
export interface Checked {
  rule: Rule;
  text: string;
  words: Words;
  loops: string[][];
}
export interface RuleTrial {
  from: string;
  to: string;
  entities: number;
  fired: number;
  ended: number;
  safe: number;
  refused: number;
  activeHours: number;
  complete: boolean;
  events: { at: string; entity: string; event: string; reason: Words }[];
}
export interface RuleRecord {
  rule: string;
  title?: Words;
  entity: string;
  at: string;
  event: string;
  reason: Words;
  actions: { what: Words; ok: boolean; fault?: string }[];
}
/** A rule on its way: as text, or as the form has it. */
export type Draft = { text: string } | { rule: Rule };

const path = '/automation/rules', at = (name: string) => `${path}/${segment(name)}`;
const posted = async <T>(to: string, body?: unknown): Promise<T> => (await (await send('POST', to, body)).json()) as T;
export const rules = (signal?: AbortSignal): Promise<{ rules: RuleSummary[]; loops: string[][] }> => get<{ rules: RuleSummary[]; loops: string[][] }>(path, signal).then((a) => a.data);
export async function rule(name: string, signal?: AbortSignal): Promise<{ kept: KeptRule; tag: string }> {
  const { data, headers } = await get<KeptRule>(at(name), signal);
  return { kept: data, tag: headers.get('ETag') ?? '' };
}
/** `tag`: of the version that was changed; "": a new rule. Another one written since is not lost but told of (412). */
export const saveRule = async (name: string, draft: Draft, tag: string): Promise<void> =>
  void (await request(at(name), { method: 'PUT', body: JSON.stringify(draft), headers: { 'Content-Type': 'application/json', ...(tag ? { 'If-Match': tag } : { 'If-None-Match': '*' }) } }));
export const removeRule = async (name: string): Promise<void> => void (await send('DELETE', at(name)));
export const turn = (name: string, on: boolean): Promise<KeptRule> => posted<KeptRule>(`${at(name)}/${on ? 'on' : 'off'}`);
export const checkRule = (draft: Draft): Promise<Checked> => posted<Checked>('/automation/check', draft);
export const tryRule = (draft: Draft, from: string): Promise<RuleTrial> => posted<RuleTrial>('/automation/trial', { ...draft, from });
export const records = (name: string, signal?: AbortSignal): Promise<RuleRecord[]> => get<RuleRecord[]>(withQuery('/automation/records', { rule: name, limit: 50 }), signal).then((a) => a.data);

/** "PT1H30M" in minutes; null: it is no duration without months. */
export function minutesOf(duration: string | undefined): number | null {
  const parts = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(duration ?? '');
  if (!parts || duration === 'P') return null;
  const [days, hours, minutes, seconds] = parts.slice(1).map((p) => Number(p ?? 0)) as [number, number, number, number];
  return days * 1440 + hours * 60 + minutes + seconds / 60;
}
export const durationOf = (minutes: number): string => {
  const seconds = Math.round(minutes * 60);
  return seconds % 60 ? `PT${seconds}S` : seconds % 3600 ? `PT${seconds / 60}M` : seconds % 86400 ? `PT${seconds / 3600}H` : `P${seconds / 86400}D`;
};

export interface Comparison {
  attribute: string;
  operator: string;
  value: string;
}
export const operators = ['==', '!=', '<', '<=', '>', '>='] as const;
/** "waterLevel<5;gate==0" as comparisons that must all hold; null: it says more than that, and is written as text. */
export function comparisonsOf(q: string | undefined): Comparison[] | null {
  if (!q) return [];
  const list = q.split(';').map((part) => /^([\w.[\]]+)(==|!=|<=|>=|<|>)("[^"]*"|-?\d+(?:\.\d+)?|true|false)$/.exec(part.trim()));
  return list.every((m) => m) ? list.map((m) => ({ attribute: m![1]!, operator: m![2]!, value: m![3]!.replace(/^"(.*)"$/, '$1') })) : null;
}
export const queryOf = (list: Comparison[]): string =>
  list.filter((c) => c.attribute && c.value !== '').map((c) => `${c.attribute}${c.operator}${/^(-?\d+(\.\d+)?|true|false)$/.test(c.value) ? c.value : `"${c.value}"`}`).join(';');
