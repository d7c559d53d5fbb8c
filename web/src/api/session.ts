// Who is signed in, as the program says; signing in and out.
import { type Role, change } from '../app/settings';
import { shared, useShared } from '../app/store';
import { ApiError, get, line, send } from './client';
import { refusals, setPurpose, setSignedIn, setTenant, signPlaceName } from './caller';
import type { Words } from './datasets';
import { clearWaiting } from './queue';

export interface Person {
  id: string;
  name: string;
}
export interface BodyRole {
  role: string;
  body: string;
  bodyName: Words;
}
export interface Subject extends Person {
  kind: 'resident' | 'staff' | 'device' | 'program' | 'system';
  account: string;
  /** 1: one proof, 2: two or a passkey, 3: a card. */
  assurance: number;
  tenant: string;
  roles: BodyRole[];
  actsFor: Person | null;
  mayActFor: Person[];
  rights: string[];
}
export interface Demo {
  account: string;
  title: Words;
  about: Words;
  /** Where to begin. */
  home: string;
}
export interface Me {
  auth: 'on' | 'none';
  subject: Subject | null;
  purposes: { key: string; title: Words }[];
  methods: string[];
  providers: { key: string; title: string | Words }[];
  demo: Demo[];
}

const open: Me = { auth: 'on', subject: null, purposes: [], methods: [], providers: [], demo: [] };
/** null: not known yet. */
export const session = shared<Me | null>(null);
export const useSession = (): Me | null => useShared(session);
export interface Branding {
  title?: string;
  titleEn?: string;
  branding?: { colour?: string; logo?: string };
}
/** How the tenant of who is signed in looks. */
export const branding = (signal?: AbortSignal): Promise<Branding> => get<Branding>('/trust/usage', signal).then((a) => a.data);

/** The page is another one for another person. */
export const personKey = (me: Me | null): string => (me?.subject ? `${me.subject.id} ${me.subject.actsFor?.id ?? ''}` : '');

function settle(said: Partial<Me>): Me {
  const subject = said.subject?.id ? { ...said.subject, roles: said.subject.roles ?? [], mayActFor: said.subject.mayActFor ?? [], rights: said.subject.rights ?? [] } : null;
  const me = { ...open, ...said, subject } as Me;
  if (!subject) setPurpose('');
  setSignedIn(subject?.id ?? '');
  setTenant(subject?.tenant ?? '');
  session.set(me);
  return me;
}

export async function loadSession(): Promise<void> {
  try {
    settle((await get<Partial<Me>>('/auth/me')).data);
  } catch (error) {
    // Without a line it is asked again when the line is back; until then nobody is signed in.
    if (error instanceof ApiError && error.status) settle({ ...(session.get() ?? open), subject: null });
  }
}

export function startSession(): void {
  void loadSession();
  refusals.follow(() => void loadSession());
  line.follow(() => line.get().up && !session.get() && void loadSession());
  addEventListener('storage', (e) => e.key === signPlaceName && void loadSession()); // in another tab
}

/** Which start page suits them. */
function roleOf(subject: Subject): Role {
  if (subject.kind === 'resident') return 'resident';
  if (subject.rights.includes('operate')) return 'operator';
  return subject.roles.some((r) => r.role === 'analyst') ? 'professional' : 'staff';
}

/** Sends what proves who they are; throws ApiError. */
export async function signIn(path: string, body: unknown): Promise<Me> {
  const me = (await (await send('POST', path, body)).json()) as Partial<Me>;
  const settled = settle({ ...(session.get() ?? open), ...me });
  if (settled.subject) change({ role: roleOf(settled.subject) });
  return settled;
}

/** For another person from now on, or for oneself again. */
export async function actFor(person: string | null): Promise<void> {
  const me = (await (await send('POST', '/auth/act-for', { person })).json()) as Partial<Me>;
  settle({ ...(session.get() ?? open), ...me });
}

export async function signOut(): Promise<void> {
  // What is theirs is not shown to who comes next.
  if (typeof Notification !== 'undefined' && Notification.permission === 'granted') await import('./push').then((push) => push.stopHere()).catch(() => undefined);
  await send('POST', '/auth/sign-out', {}).catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
  });
  clearWaiting();
  setSignedIn('');
  setPurpose('');
  change({ role: 'visitor' });
  if (typeof caches !== 'undefined') await caches.delete('answers').catch(() => false);
  location.assign('/'); // nothing of theirs stays in memory
}

/** A place of ours to go to after signing in; never one of somebody else. */
export function safeNext(next: string | null): string {
  if (!next || !next.startsWith('/')) return '';
  try {
    const url = new URL(next, 'http://here');
    return url.origin === 'http://here' && !/^\/[/\\]/.test(next) && !url.pathname.startsWith('/sign-in') ? url.pathname + url.search + url.hash : '';
  } catch {
    return '';
  }
}
export const signInAddress = (): string => {
  const here = location.pathname + location.search;
  return here === '/' || location.pathname === '/sign-in' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(here)}`;
};
