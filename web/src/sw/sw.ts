// The service worker: the shell from what was kept, the API from the program, and what it last said (marked) when the line is down or slow.
import { noticeOf, pageOf } from './notice';
import { strategyOf } from './strategy';

declare const self: ServiceWorkerGlobalScope & typeof globalThis;

interface ExtendableEvent extends Event {
  waitUntil(promise: Promise<unknown>): void;
}
interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
interface PushEvent extends ExtendableEvent {
  readonly data: { text(): string } | null;
}
interface NotificationEvent extends ExtendableEvent {
  readonly notification: Notification;
}
interface WindowClient {
  focus(): Promise<WindowClient>;
  navigate(url: string): Promise<WindowClient | null>;
}
interface ServiceWorkerGlobalScope {
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void>; matchAll(query: { type: 'window' }): Promise<WindowClient[]>; openWindow(url: string): Promise<unknown> };
  registration: ServiceWorkerRegistration;
}

const version = '__VERSION__'; // filled in by web/build/pack.mjs
const shell = JSON.parse('__SHELL__') as string[];
const shellCache = `shell ${version}`, answerCache = 'answers', letterCache = 'letters';
const savedAt = 'Tsunagu-Saved-At', patience = 6000, mostAnswers = 200, largestAnswer = 8 * 2 ** 20;
const on = (type: string, listener: (event: never) => void) => self.addEventListener(type, listener as EventListener);

on('install', (event: ExtendableEvent) => event.waitUntil(caches.open(shellCache).then((cache) => cache.addAll(shell)).then(() => self.skipWaiting())));
on('activate', (event: ExtendableEvent) => event.waitUntil(
  caches.keys().then((names) => Promise.all(names.filter((n) => n.startsWith('shell ') && n !== shellCache).map((n) => caches.delete(n)))).then(() => self.clients.claim()),
));

on('fetch', (event: FetchEvent) => {
  const strategy = strategyOf(event.request.method, new URL(event.request.url), self.location.origin, event.request.mode, event.request.cache);
  if (strategy === 'page') event.respondWith(page(event.request));
  else if (strategy === 'file') event.respondWith(file(event.request));
  else if (strategy === 'answer') event.respondWith(answer(event));
});

on('push', (event: PushEvent) => {
  const { title, options } = noticeOf(event.data?.text() ?? '');
  event.waitUntil(self.registration.showNotification(title, options));
});
on('notificationclick', (event: NotificationEvent) => {
  event.notification.close();
  event.waitUntil(open(pageOf(event.notification.data, self.location.origin)));
});

/** In a window of the portal that is there, else in a new one. */
async function open(page: string): Promise<void> {
  const [there] = await self.clients.matchAll({ type: 'window' });
  try {
    if (there) return void (await (await there.focus()).navigate(page));
  } catch {
    // it is not ours to lead anywhere
  }
  await self.clients.openWindow(page);
}

/** A page of the portal: as it is now, else the shell as it was. */
async function page(request: Request): Promise<Response> {
  try {
    return await withPatience(fetch(request));
  } catch {
    return (await caches.match('/', { cacheName: shellCache })) ?? Response.error();
  }
}

/** A file with a hash in its name never changes. */
async function file(request: Request): Promise<Response> {
  const kept = await caches.match(request);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok) await (await caches.open(letterCache)).put(request, response.clone());
  return response;
}

async function answer(event: FetchEvent): Promise<Response> {
  const { request } = event, cache = await caches.open(answerCache), asked = fetch(request);
  const keep = asked.then(async (response) => {
    if (!response.ok || /\b(no-store|private)\b/.test(response.headers.get('Cache-Control') ?? '') || Number(response.headers.get('Content-Length') ?? 0) > largestAnswer) return;
    const body = await response.clone().arrayBuffer();
    if (body.byteLength > largestAnswer) return;
    const headers = new Headers(response.headers);
    headers.set(savedAt, new Date().toISOString());
    headers.delete('Content-Encoding');
    await cache.put(request, new Response(body, { status: response.status, headers }));
    const keys = await cache.keys();
    await Promise.all(keys.slice(0, Math.max(0, keys.length - mostAnswers)).map((key) => cache.delete(key)));
  });
  event.waitUntil(keep.catch(() => undefined));
  const kept = await cache.match(request);
  if (!kept) return asked;
  try {
    return await withPatience(asked);
  } catch {
    return kept;
  }
}

function withPatience(asked: Promise<Response>): Promise<Response> {
  return Promise.race([asked, new Promise<never>((_, reject) => setTimeout(() => reject(new Error('slow')), patience))]);
}
