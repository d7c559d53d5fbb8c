// The log: who looked at whose data. For residents their own part of it, for auditors all; and the alerts made from it.
import { get, send, withQuery } from './client';
import type { Words } from './datasets';
import { timeZoneOffset } from '../i18n/text';
import { segment } from '../app/route';

export interface LogEvent {
  /** Its number in the chain. */
  n: number;
  at: string;
  kind: string;
  who: { id: string; kind?: string; name: string; body: string | null; bodyName: Words | string | null };
  actsFor?: { id: string; name: string } | null;
  action: string;
  purpose: string;
  purposeTitle?: Words | string | null;
  rule: string;
  entities: { id: string; type: string }[];
  attributes?: string[] | null;
  reason?: string | null;
  outcome?: string;
  persons?: string[];
  detail?: string;
  /** I did it myself, so many times on that day. */
  own?: boolean;
  times?: number;
}
export interface LogPage {
  events: LogEvent[];
  /** Ask with `before` this for what came earlier; null: there is nothing. */
  more: number | null;
  /** False while the log is still being read after a start. */
  complete: boolean;
}

/** An id's part that says its kind. */
export const typeIn = (id: string): string => /^urn:ngsi-ld:([^:]+):/.exec(id)?.[1] ?? '';

/** The log of auditors gives ids where that of residents gives kinds too; members that are empty are left out. */
export const eventOf = (given: Partial<LogEvent> & { entities?: (string | { id: string; type: string })[] }): LogEvent => ({
  n: 0, at: '', kind: '', action: '', purpose: '', rule: '', ...given,
  who: { ...{ id: '', name: '', body: null, bodyName: null }, ...given.who },
  entities: (given.entities ?? []).map((e) => (typeof e === 'string' ? { id: e, type: typeIn(e) } : e)),
});
const page = async (path: string, signal?: AbortSignal): Promise<LogPage> => {
  const { data } = await get<Partial<LogPage>>(path, signal);
  return { events: (data.events ?? []).map(eventOf), more: data.more ?? null, complete: data.complete !== false };
};

export const mine = (person: string, before: number | undefined, signal?: AbortSignal): Promise<LogPage> => page(withQuery('/trust/log/mine', { person, before, limit: 100 }), signal);

export type LogQuery = Partial<Record<'person' | 'subject' | 'kind' | 'q' | 'since' | 'until', string>>;
export const search = (query: LogQuery, before: number | undefined, signal?: AbortSignal): Promise<LogPage> => page(withQuery('/trust/log', { ...query, before, limit: 50 }), signal);

export interface Proof {
  /** Of the last checkpoint: the record's number, its hash, when it was signed; `pin` is both, to be kept elsewhere. */
  number?: number;
  hash?: string;
  at?: string;
  pin?: string;
  /** Of the key that signs. */
  key: string;
  publicKey: string;
  fault?: string;
  /** What the last look at the whole chain found; null: none yet. */
  verified: { at: string; intact: boolean; fault?: string } | null;
}
export const proof = (signal?: AbortSignal): Promise<Proof> => get<Proof>('/trust/log/proof', signal).then((a) => a.data);

export interface Alert {
  id: string;
  kind: string;
  /** An id; an account or an address when nobody is known. */
  subject?: string;
  severity: string;
  description: Words | string;
  detectedAt: string;
  status: string;
}
export const alerts = (signal?: AbortSignal): Promise<Alert[]> => get<Alert[]>('/trust/alerts', signal).then((a) => a.data);
export const setAlert = async (id: string, status: string): Promise<void> => void (await send('PATCH', `/trust/alerts/${segment(id)}`, { status }));

export interface Visit {
  events: LogEvent[];
  body: string;
}
export interface Day {
  /** As a date of the region, 2026-11-23. */
  day: string;
  visits: Visit[];
}
const bodyOf = (event: LogEvent): string => (event.own ? '' : event.who.body || event.who.id);

/** Newest first as the log gives them: by day, and in it by the body that looked. Emergencies stand alone, so that nobody misses them. */
export function byDay(events: LogEvent[]): Day[] {
  const days: Day[] = [];
  for (const event of events) {
    const day = new Date(Date.parse(event.at) + timeZoneOffset).toISOString().slice(0, 10);
    const list = (days.at(-1)?.day === day ? days.at(-1)! : days[days.push({ day, visits: [] }) - 1]!).visits;
    const body = bodyOf(event), same = list.find((v) => v.body === body && isEmergency(v.events[0]!) === isEmergency(event));
    if (same) same.events.push(event);
    else list.push({ body, events: [event] });
  }
  for (const { visits } of days) visits.sort((a, b) => Number(isEmergency(b.events[0]!)) - Number(isEmergency(a.events[0]!)));
  return days;
}

export const isEmergency = (event: LogEvent): boolean => event.kind === 'emergency' || /\/emergency( |$)|urn:ngsi-ld:EmergencyAccess:/.test(event.rule);

/** Each kind of data that was looked at, and how many of it. */
export function kindsOf(event: LogEvent): { type: string; n: number }[] {
  const counts = new Map<string, number>();
  for (const { type } of event.entities) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts].map(([type, n]) => ({ type, n }));
}
