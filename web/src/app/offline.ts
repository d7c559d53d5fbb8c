// What makes the portal bearable on a weak line: the service worker, the letters that can wait, the writes that wait.
import { line } from '../api/client';
import { flush, waiting } from '../api/queue';

export function startOffline(): void {
  addEventListener('offline', () => line.set({ ...line.get(), up: false }));
  addEventListener('online', () => void look());
  line.follow(() => line.get().up && void flush());
  setInterval(() => (!line.get().up || waiting.get().some((w) => !w.refused)) && !document.hidden && void look(), 10_000);
  if (waiting.get().length) void flush();
  if ('serviceWorker' in navigator && import.meta.env.PROD) void navigator.serviceWorker.register('/sw.js').catch(() => undefined);
  const connection = (navigator as { connection?: { saveData?: boolean; effectiveType?: string } }).connection;
  if (!connection?.saveData && !/2g/.test(connection?.effectiveType ?? '')) {
    const load = () => void import('../../.generated/more.css');
    if (document.readyState === 'complete') setTimeout(load, 500);
    else addEventListener('load', () => setTimeout(load, 500));
  }
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
