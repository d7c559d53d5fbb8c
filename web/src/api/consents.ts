// Consents: who may use what of somebody, for what, until when.
import { get, request, send } from './client';
import type { Words } from './datasets';
import type { Person } from './session';
import { segment } from '../app/route';

export interface ConsentTypes {
  type: string;
  title: Words | string;
  /** null: all. */
  attributes: string[] | null;
}
export interface Consent {
  id: string;
  person: Person;
  to: Person;
  purpose: string;
  purposeTitle: Words | string;
  types: ConsentTypes[];
  status: 'given' | 'withdrawn';
  given: string;
  until: string | null;
  givenBy: Person | null;
}
export interface Offers {
  bodies: { id: string; name: Words | string }[];
  purposes: { key: string; title: Words | string }[];
  types: { type: string; title: Words | string }[];
  /** For whom they may decide: themselves, children, persons guarded. */
  persons: Person[];
  /** Which of them go together. */
  choices: { to: string; purpose: string; types: string[] }[];
}
export interface NewConsent {
  person?: string;
  to: string;
  purpose: string;
  types: string[];
  until?: string;
}

const path = '/trust/consents';
const at = (id: string) => `${path}/${segment(id)}`;

export const consents = (signal?: AbortSignal): Promise<Consent[]> => get<Consent[]>(path, signal).then((a) => a.data);
export const offers = (signal?: AbortSignal): Promise<Offers> => get<Offers>(`${path}/offers`, signal).then((a) => a.data);
/** What is left to choose from after a body, and after a purpose, was chosen. */
export function choicesFor({ bodies, purposes, types, choices }: Offers, to: string, purpose: string) {
  const here = choices.filter((c) => c.to === to), right = here.filter((c) => c.purpose === purpose);
  return {
    bodies: bodies.filter((b) => choices.some((c) => c.to === b.id)),
    purposes: purposes.filter((p) => here.some((c) => c.purpose === p.key)),
    types: types.filter((x) => right.some((c) => c.types.includes(x.type))),
  };
}
export const give = async (consent: NewConsent): Promise<Consent> => (await (await send('POST', path, consent)).json()) as Consent;
export const narrow = async (id: string, to: { types?: string[]; until?: string }): Promise<void> => void (await send('PATCH', at(id), to));
export const withdraw = async (id: string): Promise<void> => void (await request(at(id), { method: 'DELETE' }));
/** What was agreed, signed by the program: to keep. */
export const receipt = async (id: string): Promise<string> => (await request(`${at(id)}/receipt`)).text();

/** Does it still hold? */
export const holds = (consent: Consent, now = Date.now()): boolean => consent.status === 'given' && !(consent.until && Date.parse(consent.until) <= now);

/** Those that hold first, of each the newest first. */
export const inOrder = (list: Consent[], now = Date.now()): Consent[] => [...list].sort((a, b) => Number(holds(b, now)) - Number(holds(a, now)) || Date.parse(b.given) - Date.parse(a.given));

/** A day in so many months, as a date field has it. */
export function dayIn(months: number, now = new Date()): string {
  const day = new Date(now.getTime() + 9 * 3600e3);
  const wanted = day.getUTCDate();
  day.setUTCDate(1);
  day.setUTCMonth(day.getUTCMonth() + months);
  day.setUTCDate(Math.min(wanted, new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate()));
  return day.toISOString().slice(0, 10);
}
