// Policies: the text that says who may do what, its versions, what a change would change, and why somebody may or may not.
import { get, request, send, withQuery } from './client';
import type { Words } from './datasets';
import { segment } from '../app/route';

export interface PolicySummary {
  name: string;
  title?: Words | string;
  status: 'active' | 'draft' | 'retired';
  /** An instant. */
  version: string;
}
export interface Policy extends PolicySummary {
  text: string;
}
export interface PolicyVersion {
  version: string;
  at: string;
  text: string;
}
export interface TextError {
  /** From 1. */
  line: number;
  message: string;
}
export interface Change {
  who: string;
  action: string;
  purpose: string;
  entity: string;
  before: string;
  after: string;
  n: number;
}
export interface Trial {
  asked: number;
  changed: number;
  /** False: yesterday had more requests than were tried. */
  complete: boolean;
  changes: Change[];
}
export interface Explanation {
  allowed: boolean;
  rule?: string | null;
  because?: string;
  reason: string;
  /** null: all. */
  attributes: string[] | null;
  /** The rule that allows it, or those that came nearest. */
  rules: { rule: string; title: Words; allows: boolean; because?: string; conditions: { holds: boolean; key: string; text: string }[] }[];
}

const path = '/trust/policies', at = (name: string) => `${path}/${segment(name)}`;
export const policies = (signal?: AbortSignal): Promise<PolicySummary[]> => get<PolicySummary[]>(path, signal).then((a) => a.data);
export async function policy(name: string, signal?: AbortSignal): Promise<{ policy: Policy; tag: string }> {
  const { data, headers } = await get<Policy>(at(name), signal);
  return { policy: data, tag: headers.get('ETag') ?? `"${data.version}"` };
}
/** `tag`: of the version that was changed; another one written since is not lost but told of (412). */
export const save = async (name: string, text: string, tag: string): Promise<void> =>
  void (await request(at(name), { method: 'PUT', body: JSON.stringify({ text }), headers: { 'Content-Type': 'application/json', ...(tag && { 'If-Match': tag }) } }));
export const versions = (name: string, signal?: AbortSignal): Promise<PolicyVersion[]> => get<PolicyVersion[]>(`${at(name)}/versions`, signal).then((a) => a.data);
export const trial = async (name: string, text: string): Promise<Trial> => (await (await send('POST', `${at(name)}/trial`, { text })).json()) as Trial;
export const explain = (query: { subject: string; action: string; entity: string; purpose: string }, signal?: AbortSignal): Promise<Explanation> => get<Explanation>(withQuery('/trust/explain', query), signal).then((a) => a.data);

/** Where in the text a fault is, as the program's answer says. */
export function errorsOf(more: Record<string, unknown>, detail: string): TextError[] {
  const list = Array.isArray(more.errors) ? (more.errors as { line?: unknown; message?: unknown; detail?: unknown }[]) : [];
  const found = list.filter((e) => typeof e.line === 'number').map((e) => ({ line: e.line as number, message: String(e.message ?? e.detail ?? detail) }));
  if (found.length) return found;
  if (typeof more.line === 'number') return [{ line: more.line, message: detail }];
  const said = /\bline (\d+)/.exec(detail);
  return said ? [{ line: Number(said[1]), message: detail }] : [];
}
