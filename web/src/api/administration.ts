// Tenants and accounts: for those who run the program or a tenant of it.
import { get, request, send } from './client';
import { segment } from '../app/route';

export interface Quotas {
  entities: number;
  requestsPerMinute: number;
  bytes: number;
}
export interface Tenant {
  name: string;
  title: string;
  titleEn?: string;
  admin?: string | null;
  branding?: { colour?: string; logo?: string };
  quotas?: Partial<Quotas>;
  usage?: { entities: number; bytes: number };
  made?: string;
}
/** The administrator's account, with the code by which they come in the first time: told once. */
export interface MadeTenant extends Tenant {
  account?: { name: string; code: string; until: string };
}
export interface NewTenant {
  name: string;
  title: string;
  titleEn?: string;
  admin: string;
  branding: { colour: string };
  quotas: Quotas;
}

export const tenants = (signal?: AbortSignal): Promise<Tenant[]> => get<Tenant[]>('/trust/tenants', signal).then((a) => a.data);
export const addTenant = async (tenant: NewTenant): Promise<MadeTenant> => (await (await send('POST', '/trust/tenants', tenant)).json()) as MadeTenant;
export const setQuotas = async (name: string, quotas: Quotas): Promise<void> => void (await send('PATCH', `/trust/tenants/${segment(name)}`, { quotas }));

export interface AccountSummary {
  account: string;
  id: string;
  name: string;
  kind: string;
  tenant?: string;
  disabled?: boolean;
  made?: string;
}
export interface NewAccount {
  account: string;
  name: string;
  kind: string;
  id: string;
  password?: string;
}
export interface Key {
  id: string;
  name: string;
  subject: string;
  kind: string;
  made?: string;
  until?: string | null;
}

const list = <T>(path: string) => (signal?: AbortSignal): Promise<T[]> => get<T[]>(path, signal).then((a) => a.data);
export const accounts = list<AccountSummary>('/auth/accounts');
/** Without a password the answer has the code by which they come in the first time. */
export const addAccount = async (account: NewAccount): Promise<string> => String(((await (await send('POST', '/auth/accounts', account)).json()) as { code?: string }).code ?? '');
/** A code by which they come in again; what they signed in with no longer holds. */
export const resetAccount = async (account: string): Promise<string> => ((await (await send('PATCH', `/auth/accounts/${segment(account)}`, { reset: true })).json()) as { code: string }).code;
export const changeAccount = async (account: string, part: Record<string, unknown>): Promise<void> => void (await send('PATCH', `/auth/accounts/${segment(account)}`, part));
export const removeAccount = async (account: string): Promise<void> => void (await request(`/auth/accounts/${segment(account)}`, { method: 'DELETE' }));
export const keys = list<Key>('/auth/keys');
export const addKey = async (key: { name: string; kind: string; subject: string }): Promise<string> => String(((await (await send('POST', '/auth/keys', key)).json()) as { key?: string }).key ?? '');
export const removeKey = async (id: string): Promise<void> => void (await request(`/auth/keys/${segment(id)}`, { method: 'DELETE' }));
