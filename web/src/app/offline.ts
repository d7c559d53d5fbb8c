// What makes the portal bearable on a weak line: the service worker, and the writes that wait.
import { line } from '../api/client';
import { flush, ownWaiting, waiting } from '../api/queue';

export function startOffline(): void {
  addEventListener('offline', () => line.set({ ...line.get(), up: false }));
  addEventListener('online', () => void look());
  line.follow(() => line.get().up && void flush());
  setInterval(() => (!line.get().up || ownWaiting(waiting.get()).some((w) => !w.refused)) && !document.hidden && void look(), 10_000);
  if (ownWaiting(waiting.get()).length) void flush();
  // Later, as it fetches the whole shell: the page that is being opened has the line to itself.
  if ('serviceWorker' in navigator && import.meta.env.PROD) setTimeout(() => void navigator.serviceWorker.register('/sw.js').catch(() => undefined), 5000);
}

/** Is the program there again? */
export async function look(): Promise<void> {
  try {
    await fetch('/health', { cache: 'no-store' });
    if (!line.get().up) line.set({ up: true, savedAt: line.get().savedAt });
    void flush();
  } catch {
    line.set({ ...line.get(), up: false });
  }
}
