// Notices on this device (Web Push): asking the browser, telling the program, taking it back.
import { settings } from '../app/settings';
import { get, send } from './client';
import { segment } from '../app/route';

export interface Device {
  id: string;
  name: string;
  endpoint: string;
  language: string;
  made: string;
}
export type Standing = 'unsupported' | 'blocked' | 'off' | 'on';
export interface Devices {
  here: Standing;
  /** This one's, when it is on. */
  own?: Device;
  others: Device[];
}

const supported = (): boolean => 'serviceWorker' in navigator && 'PushManager' in globalThis && 'Notification' in globalThis;
const subscription = async (): Promise<PushSubscription | null> => (supported() ? ((await (await navigator.serviceWorker.getRegistration())?.pushManager.getSubscription()) ?? null) : null);
const bytesOf = (base64url: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(base64url.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
const sameKey = (a: ArrayBuffer | null, b: Uint8Array): boolean => !!a && a.byteLength === b.length && new Uint8Array(a).every((byte, i) => byte === b[i]);
const tell = async (own: PushSubscription, name: string): Promise<void> => void (await send('POST', '/push/subscriptions', { ...own.toJSON(), language: settings.get().language, name }));

export async function devices(signal?: AbortSignal): Promise<Devices> {
  const [{ data: all }, own] = await Promise.all([get<Device[]>('/push/subscriptions', signal), subscription()]);
  const mine = own ? all.find((d) => d.endpoint === own.endpoint) : undefined;
  // Notices are in the language that is chosen now.
  if (own && mine && mine.language !== settings.get().language) void tell(own, mine.name).catch(() => undefined);
  return { here: !supported() ? 'unsupported' : Notification.permission === 'denied' ? 'blocked' : mine ? 'on' : 'off', own: mine, others: all.filter((d) => d !== mine) };
}

/** Asks the person, if they have not been asked. False: they do not want it. */
export async function allowHere(name: string): Promise<boolean> {
  if ((await Notification.requestPermission()) !== 'granted') return false;
  await navigator.serviceWorker.register('/sw.js');
  const { pushManager } = await navigator.serviceWorker.ready, key = bytesOf((await get<{ key: string }>('/push/key')).data.key);
  let own = await pushManager.getSubscription();
  if (own && !sameKey(own.options.applicationServerKey, key)) own = (await own.unsubscribe(), null);
  await tell(own ?? (await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })), name);
  return true;
}
/** What went wrong with the push services; "" when one took it. */
export const tryPush = async (): Promise<string> => ((await (await send('POST', '/push/test')).json()) as { fault?: string }).fault ?? '';
export const removeDevice = async (id: string): Promise<void> => void (await send('DELETE', `/push/subscriptions/${segment(id)}`));
/** On this device nothing is shown any more: it is switched off, or who was signed in leaves. */
export async function stopHere(): Promise<void> {
  const own = await subscription();
  if (!own) return;
  const mine = (await get<Device[]>('/push/subscriptions')).data.find((d) => d.endpoint === own.endpoint);
  if (mine) await removeDevice(mine.id);
  await own.unsubscribe();
}
