// Alarms: what somebody has to see to, who was told, and who is called.
import { get, send, withQuery } from './client';
import type { Words } from './datasets';
import { segment } from '../app/route';

export const severities = ['critical', 'major', 'minor', 'warning'] as const;
export type Severity = (typeof severities)[number];
export type AlarmStatus = 'raised' | 'acknowledged' | 'shelved' | 'cleared';
export interface Told {
  at: string;
  person: string;
  way?: 'mail' | 'push' | 'webhook';
  fault?: string;
}
export interface Alarm {
  id: string;
  /** The rule's name; "by-hand" when a person raised it. */
  source: string;
  entity: string;
  severity: Severity;
  status: AlarmStatus;
  text: Words;
  reason: Words;
  raisedAt: string;
  count: number;
  clearedAt?: string;
  acknowledgedBy?: string;
  acknowledgedAt?: string;
  note?: string;
  shelvedBy?: string;
  shelvedUntil?: string;
  nextCallAt?: string;
  waiting?: string[];
  notices: Told[];
}
export type Act = 'acknowledge' | 'shelve' | 'clear' | 'reopen';

const posted = async <T>(to: string, body: unknown): Promise<T> => (await (await send('POST', to, body)).json()) as T;
export const alarms = (status: 'open' | 'cleared', signal?: AbortSignal): Promise<Alarm[]> => get<{ alarms: Alarm[] }>(withQuery('/alarms', { status }), signal).then((a) => a.data.alarms);
export const change = (id: string, act: Act, more: { note?: string; minutes?: number } = {}): Promise<Alarm> => posted<Alarm>(`/alarms/${segment(id)}/${act}`, more);
/** All of a rule that nobody has seen to. */
export const acknowledgeAll = async (source: string): Promise<void> => void (await send('POST', '/alarms/acknowledge', { source }));

export interface Duties {
  duties: { name: string; rules: string[]; severity: Severity; steps: { after: string; people: { name: string; ways: ('mail' | 'push' | 'webhook')[]; onDuty: boolean }[] }[] }[];
}
const place = '/automation/roster';
export const roster = (signal?: AbortSignal): Promise<string> => get<{ text: string }>(place, signal).then((a) => a.data.text);
export const checkRoster = (text: string): Promise<Duties> => posted<Duties>(`${place}/check`, { text });
export const saveRoster = async (text: string): Promise<void> => void (await send('PUT', place, { text }));

export interface Group {
  source: string;
  worst: Severity;
  alarms: Alarm[];
}
const rank = (a: { severity: Severity }) => severities.indexOf(a.severity);
/** By what raised them: the worst first; in it what nobody has seen to first, then by weight and age. */
export function groupsOf(list: Alarm[]): Group[] {
  const groups = new Map<string, Alarm[]>();
  for (const alarm of list) groups.set(alarm.source, [...(groups.get(alarm.source) ?? []), alarm]);
  const waits = (a: Alarm) => Number(a.status !== 'raised');
  return [...groups]
    .map(([source, all]) => ({ source, worst: severities[Math.min(...all.map(rank))]!, alarms: all.sort((a, b) => waits(a) - waits(b) || rank(a) - rank(b) || b.raisedAt.localeCompare(a.raisedAt)) }))
    .sort((a, b) => severities.indexOf(a.worst) - severities.indexOf(b.worst) || b.alarms.length - a.alarms.length || a.source.localeCompare(b.source));
}
