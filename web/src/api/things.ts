// Devices: read as entities, changed through the registry.
import { api, get, request, send, withQuery } from './client';
import { type Entity, oneOf } from './entity';
import type { Instance } from './history';
import { segment } from '../app/route';

export const statuses = ['registered', 'online', 'late', 'silent', 'outOfRange'] as const;
export type Status = (typeof statuses)[number];

export interface Device {
  id: string;
  group: string;
  address: string;
  status: Status;
  model?: string;
  asset?: string;
  observedAt?: string;
  arrivedAt?: string;
  expectedInterval?: number;
  simulated?: boolean;
}
export interface Measured {
  attribute: string;
  name?: string;
  unit?: string;
  least?: number;
  most?: number;
  value?: unknown;
  unitCode?: string;
  observedAt?: string;
  /** Doubts about it; none: it is good. */
  quality?: string[] | string;
  rawValue?: unknown;
}
export interface DeviceWhole extends Device {
  values: Measured[];
}
export interface DeviceList {
  total: number;
  byStatus: Record<Status, number>;
  devices: Device[];
}
export interface NewDevice {
  group: string;
  address: string;
  id?: string;
  model?: string;
  asset?: string;
  name?: string;
  serialNumber?: string;
  location?: { type: 'Point'; coordinates: [number, number] };
}
export interface WithKey {
  id: string;
  /** Shown this once. */
  key?: string;
  group?: string;
  address?: string;
}

const path = '/things/devices', at = (id: string) => `${path}/${segment(id)}`;
export const devices = (query: { status?: string; group?: string; text?: string; offset?: number; limit?: number }, signal?: AbortSignal): Promise<DeviceList> =>
  get<DeviceList>(withQuery(path, query), signal).then((a) => a.data);
export const device = (id: string, signal?: AbortSignal): Promise<DeviceWhole> => get<DeviceWhole>(at(id), signal).then((a) => a.data);
export const addDevice = async (draft: NewDevice): Promise<WithKey> => (await (await send('POST', path, draft)).json()) as WithKey;
export const newKey = async (id: string): Promise<WithKey> => (await (await send('POST', `${at(id)}/key`)).json()) as WithKey;
export const addNote = async (id: string, text: string): Promise<void> => void (await send('POST', `${at(id)}/log`, { text }));

const idsAtOnce = 80; // an address has its limits
/** What these entities (devices, what they observe) say of themselves: name, place, battery. */
export async function entitiesOf(ids: string[], signal?: AbortSignal): Promise<Map<string, Entity>> {
  const parts = Array.from({ length: Math.ceil(ids.length / idsAtOnce) }, (_, i) => ids.slice(i * idsAtOnce, (i + 1) * idsAtOnce));
  const answers = await Promise.all(parts.map((part) => get<Entity[]>(withQuery(`${api}/entities`, { id: part.join(), local: 'true', format: 'simplified', limit: idsAtOnce }), signal)));
  return new Map(answers.flatMap((a) => a.data).map((e) => [e.id, e]));
}

export const all = (type: string, signal?: AbortSignal): Promise<Entity[]> => get<Entity[]>(withQuery(`${api}/entities`, { type, format: 'simplified', limit: 1000 }), signal).then((a) => a.data);

export interface Note {
  at: string;
  text: string;
  by?: string;
}
/** The maintenance log, the newest first. */
export async function notes(id: string, signal?: AbortSignal): Promise<Note[]> {
  const response = await request(withQuery(`${api}/temporal/entities/${segment(id)}`, { attrs: 'maintenance', lastN: 100 }), { signal }).catch(() => null);
  const found = response ? ((await response.json()) as Record<string, Instance[] | Instance>).maintenance : undefined;
  const list = found === undefined ? [] : Array.isArray(found) ? found : [found];
  return list.flatMap((i) => {
    const value = oneOf(i)?.value as { text?: string; by?: string } | undefined;
    return value?.text && i.observedAt ? [{ at: i.observedAt, text: value.text, by: value.by }] : [];
  }).sort((a, b) => b.at.localeCompare(a.at));
}

export const formats = ['json', 'ultralight', 'line', 'ndjson', 'chirpstack'] as const;
export interface Bench {
  readings: { device?: string; name: string; value: unknown; observedAt?: string }[];
  faults: string[];
  entity: Entity;
}
export const tryMapping = async (draft: { mapping?: string; format?: string; payload: string; encoding?: string; model?: string; asset?: string }): Promise<Bench> =>
  (await (await send('POST', '/things/mappings/trial', draft)).json()) as Bench;
