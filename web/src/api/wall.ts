// What a duty room has to know at a glance: alarms, devices, commands that hang, what rules did, networks.
import { type Alarm, alarms as openAlarms, groupsOf } from './alarms';
import type { RuleRecord } from './automation';
import { ApiError, api, get, withQuery } from './client';
import type { Entity } from './entity';
import { type Network, networks } from './networks';
import { type DeviceList, devices, entitiesOf } from './things';

export interface Hanging {
  device: string;
  command: string;
  status: 'pending' | 'delivered' | 'failed' | 'expired';
  since: string;
}
/** `undefined`: who looks may not see this part, or the program does not have it. */
export interface Wall {
  devices?: DeviceList;
  /** Silent and out of range, with what they are called. */
  silent: DeviceList['devices'];
  alarms?: Alarm[];
  hanging?: Hanging[];
  records?: RuleRecord[];
  networks?: Network[];
  entities: Map<string, Entity>;
  /** Some of the devices are made up. */
  simulated: boolean;
  at: number;
}

/** What an answer may lack: the right to it, or the part of the program. */
const allowed = <T>(answer: Promise<T>): Promise<T | undefined> => answer.catch((error: unknown) => {
  if (error instanceof ApiError && [401, 403, 404].includes(error.status)) return undefined;
  throw error;
});

const patience = 60e3; // milliseconds until a command that nobody answered is said to hang
const forgotten = 24 * 3600e3; // … and until one that failed is not of today

interface Instance {
  value?: unknown;
  modifiedAt?: string;
}
/** Commands that wait for their device, and those that went wrong today, the newest first. */
export function hangingOf(list: Entity[], now: number): Hanging[] {
  return list.flatMap((entity) => Object.entries(entity).flatMap(([name, instance]): Hanging[] => {
    const { value, modifiedAt } = (instance ?? {}) as Instance;
    if (!name.endsWith('_status') || !modifiedAt) return [];
    const status = value as Hanging['status'], age = now - Date.parse(modifiedAt);
    const hangs = status === 'pending' || status === 'delivered' ? age > patience : (status === 'failed' || status === 'expired') && age < forgotten;
    return hangs ? [{ device: entity.id, command: name.slice(0, -'_status'.length), status, since: modifiedAt }] : [];
  })).sort((a, b) => b.since.localeCompare(a.since));
}

/** What one rule did to many in a row is one line: of the newest, and how many others. */
export function together(list: RuleRecord[]): { record: RuleRecord; others: number }[] {
  const groups: { record: RuleRecord; others: number }[] = [];
  for (const record of list) {
    const last = groups.at(-1);
    if (last?.record.rule === record.rule && last.record.event === record.event) last.others++;
    else groups.push({ record, others: 0 });
  }
  return groups;
}

async function hanging(signal: AbortSignal): Promise<Hanging[]> {
  const { data } = await get<Entity[]>(withQuery(`${api}/entities`, { type: 'Device', q: 'commands', pick: 'id,type,commands', format: 'simplified', local: 'true', limit: 1000 }), signal);
  const names = [...new Set(data.flatMap((d) => d.commands as string | string[]))].filter((name) => /^\w+$/.test(name)).slice(0, 20);
  if (!names.length) return [];
  const q = names.flatMap((name) => ['pending', 'delivered', 'failed', 'expired'].map((status) => `${name}_status=="${status}"`)).join('|');
  const found = await get<Entity[]>(withQuery(`${api}/entities`, { type: 'Device', q, attrs: names.map((name) => `${name}_status`).join(), options: 'sysAttrs', local: 'true', limit: 1000 }), signal);
  return hangingOf(found.data, Date.now());
}

export async function wall(signal: AbortSignal): Promise<Wall> {
  const [known, silent, alarms, commands, records, found, made] = await Promise.all([
    allowed(devices({ limit: 1 }, signal)),
    allowed(devices({ status: 'silent', limit: 20 }, signal)),
    allowed(openAlarms('open', signal)),
    allowed(hanging(signal)),
    allowed(get<RuleRecord[]>(withQuery('/automation/records', { limit: 100 }), signal).then((a) => a.data)),
    allowed(networks(signal)),
    get<Entity[]>(withQuery(`${api}/entities`, { type: 'Device', q: 'simulated==true', pick: 'id,type', format: 'simplified', local: 'true', limit: 1 }), signal).then((a) => a.data.length > 0),
  ]);
  const ids = [...(silent?.devices ?? []).map((d) => d.id), ...groupsOf(alarms ?? []).map((g) => g.alarms[0]!.entity), ...(commands ?? []).map((c) => c.device), ...together(records ?? []).map((g) => g.record.entity)];
  const entities = await entitiesOf([...new Set(ids)].slice(0, 200), signal);
  return { devices: known, silent: silent?.devices ?? [], alarms, hanging: commands, records, networks: found, entities, simulated: made || !!found?.some((n) => n.simulated), at: Date.now() };
}
