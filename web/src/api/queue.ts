// Changes that could not be sent because the line was down: kept in this browser and sent, in order, when it is back.
import { shared } from '../app/store';
import { signedIn } from './caller';
import { ApiError, send } from './client';

export interface Waiting {
  key: number;
  method: string;
  path: string;
  body: unknown;
  title: string;
  at: number;
  /** Whose change it is (the id of who was signed in); nobody else sends or sees it. */
  who?: string;
  /** Why the program refused it: a person has to decide. */
  refused?: string;
}

const place = 'tsunagu.queue';
function kept(): Waiting[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(place) ?? '[]');
    return Array.isArray(list) ? (list as Waiting[]) : [];
  } catch {
    return [];
  }
}
export const waiting = shared<Waiting[]>(typeof localStorage === 'undefined' ? [] : kept());

function keep(list: Waiting[]): void {
  waiting.set(list);
  try {
    localStorage.setItem(place, JSON.stringify(list));
  } catch {
    // no storage: they wait as long as the page is open
  }
}

/** Sends now, or as soon as the program can be reached. Says which. */
export async function write(change: Omit<Waiting, 'key' | 'at' | 'who'>): Promise<'sent' | 'waits'> {
  if (!ownWaiting(waiting.get()).some((w) => !w.refused && w.path === change.path)) {
    try {
      await send(change.method, change.path, change.body);
      return 'sent';
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 0) throw error;
    }
  }
  const last = Math.max(0, ...waiting.get().map((w) => w.key));
  keep([...waiting.get(), { ...change, key: last + 1, at: Date.now(), who: signedIn() }]);
  return 'waits';
}

/** Those of who is signed in now. */
export const ownWaiting = (list: Waiting[]): Waiting[] => list.filter((w) => (w.who ?? '') === signedIn());
/** When they sign out. */
export const clearWaiting = (): void => keep(waiting.get().filter((w) => (w.who ?? '') !== signedIn()));
export const forget = (key: number): void => keep(waiting.get().filter((w) => w.key !== key));

let sending = false;
/** Sends what waits, in order. What is refused stays, with the reason; the line being down again ends it. */
export async function flush(): Promise<void> {
  if (sending) return;
  sending = true;
  try {
    for (const next of ownWaiting(waiting.get()).filter((w) => !w.refused)) {
      try {
        await send(next.method, next.path, next.body);
        forget(next.key);
      } catch (error) {
        if (!(error instanceof ApiError) || error.status === 0) return;
        keep(waiting.get().map((w) => (w.key === next.key ? { ...w, refused: error.message } : w)));
      }
    }
  } finally {
    sending = false;
  }
}
