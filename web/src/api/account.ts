// One's own account: proofs, sessions, delegates.
import { get, request, send } from './client';
import type { CardAnswer } from './card';
import { segment } from '../app/route';

const own = '/auth/account';
/** What the account has. */
export interface OwnAccount {
  password: boolean;
  totp: boolean;
  /** How many are left. */
  recoveryCodes: number;
  passkeys: number;
  cards: number;
  demonstration: boolean;
}
export interface Passkey {
  id: string;
  name: string;
  made?: string;
}
export interface EnrolledCard {
  id: string;
  subject: string;
  issuer: string;
  until?: string;
}
export interface SignedIn {
  id: string;
  began: string;
  seen: string;
  peer: string;
  agent: string;
  method: string;
  current: boolean;
}
export interface Delegate {
  id: string;
  delegate: string;
  name?: string;
  until: string | null;
}
export interface Totp {
  secret: string;
  uri: string;
  /** A picture (SVG). */
  qr: string;
}

const list = <T>(path: string) => (signal?: AbortSignal): Promise<T[]> => get<T[]>(path, signal).then((a) => a.data);
const remove = (path: string) => async (id: string): Promise<void> => void (await request(`${path}/${segment(id)}`, { method: 'DELETE' }));

export const passkeys = list<Passkey>(`${own}/passkeys`), removePasskey = remove(`${own}/passkeys`);
export const cards = list<EnrolledCard>(`${own}/cards`), removeCard = remove(`${own}/cards`);
export const enrolCard = async (answer: CardAnswer): Promise<void> => void (await send('POST', `${own}/cards`, answer));
export const sessions = list<SignedIn>(`${own}/sessions`), endSession = remove(`${own}/sessions`);
export const delegates = list<Delegate>(`${own}/delegates`), endDelegate = remove(`${own}/delegates`);
export const addDelegate = async (delegate: string, until: string): Promise<void> => void (await send('POST', `${own}/delegates`, { delegate, ...(until && { until }) }));
export const changePassword = async (before: string, next: string): Promise<void> => void (await send('POST', `${own}/password`, { old: before, new: next }));
export const ownAccount = (signal?: AbortSignal): Promise<OwnAccount> => get<OwnAccount>(own, signal).then((a) => a.data);
export const newCodes = async (): Promise<string[]> => ((await (await send('POST', `${own}/recovery`, {})).json()) as { recoveryCodes: string[] }).recoveryCodes;
export const beginTotp = async (): Promise<Totp> => (await (await send('POST', `${own}/totp`, {})).json()) as Totp;
export const confirmTotp = async (code: string): Promise<string[]> => ((await (await send('POST', `${own}/totp/confirm`, { code })).json()) as { recoveryCodes: string[] }).recoveryCodes;
export const endTotp = async (): Promise<void> => void (await request(`${own}/totp`, { method: 'DELETE' }));

/** The end of a day in the region, as the API wants it. */
export const endOfDay = (day: string): string => (day ? new Date(`${day}T23:59:59+09:00`).toISOString().replace('.000', '') : '');

/** What a browser says of itself, in the words people use: "Chrome, Android". */
export function deviceOf(agent: string): string {
  const browser = /Edg\//.test(agent) ? 'Edge' : /Firefox\//.test(agent) ? 'Firefox' : /Chrom(e|ium)\//.test(agent) ? 'Chrome' : /Safari\//.test(agent) ? 'Safari' : '';
  const system = /iPhone/.test(agent) ? 'iPhone' : /iPad/.test(agent) ? 'iPad' : /Android/.test(agent) ? 'Android' : /Windows/.test(agent) ? 'Windows' : /Mac OS/.test(agent) ? 'Mac' : /Linux/.test(agent) ? 'Linux' : '';
  return [browser, system].filter(Boolean).join(', ') || agent.slice(0, 60);
}
