// What is shown of a notice that was pushed, and which page it leads to. What is no notice of ours is shown as that something came: a
// browser wants something to be shown for every push.
export interface Notice {
  title: string;
  options: { body: string; tag?: string; renotify?: boolean; lang: string; icon: string; badge: string; requireInteraction: boolean; data: { page: string } };
}

const textIn = (value: unknown): string => (typeof value === 'string' ? value : '');

export function noticeOf(pushed: string): Notice {
  let said: Record<string, unknown> = {};
  try {
    said = Object(JSON.parse(pushed)) as Record<string, unknown>;
  } catch {
    // shown without words
  }
  const tag = textIn(said.tag);
  return {
    title: textIn(said.title) || 'Tsunagu',
    options: { body: textIn(said.body), ...(tag && { tag, renotify: true }), lang: textIn(said.lang) || 'ja', icon: '/icon.svg', badge: '/icon.svg', requireInteraction: said.urgent === true, data: { page: textIn(said.page) || '/' } },
  };
}

/** A page of ours; the first one for anything else. */
export function pageOf(data: unknown, origin: string): string {
  const page = textIn((Object(data) as { page?: unknown }).page);
  try {
    const url = new URL(page, origin);
    return url.origin === origin ? url.href : `${origin}/`;
  } catch {
    return `${origin}/`;
  }
}
