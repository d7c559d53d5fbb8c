// What the service worker does with a request.
export type Strategy = 'page' | 'file' | 'answer' | 'pass';

/** `mode` is that of the request: "navigate" for a page. `cache` too: "no-store" is what the portal asks with for somebody who is signed in (api/caller.ts). */
export function strategyOf(method: string, url: URL, origin: string, mode: string, cache: string = 'default'): Strategy {
  if (method !== 'GET' || url.origin !== origin) return 'pass';
  if (cache === 'no-store' || /^\/(auth|oidc|\.well-known)(\/|$)/.test(url.pathname)) return 'pass'; // of one person
  if (url.pathname.startsWith('/trust/') && (mode !== 'navigate' || /[.]/.test(url.pathname))) return 'pass'; // a page has its address, a file to keep does not
  if (url.pathname === '/ngsi-ld/v1/events') return 'pass'; // a stream has no end
  if (/^\/(health|ready|metrics|admin|sw\.js)(\/|$)/.test(url.pathname)) return 'pass'; // of now or not at all
  if (url.pathname.startsWith('/plan/report.')) return 'pass'; // a file to keep
  if (/^\/(catalog|api\/3)\b/.test(url.pathname)) return mode !== 'navigate' && /^\/(api\/3\/|catalog\/(datasets|quality|standards)\b|catalog\/.*\/(versions|diff)$)/.test(url.pathname) ? 'answer' : 'pass'; // not files, nor what staff are at
  if (url.pathname.startsWith('/ngsi-ld/') || url.pathname === '/version') return 'answer';
  if (url.pathname === '/openapi.json') return mode === 'navigate' ? 'pass' : 'answer';
  if (mode === 'navigate') return 'page';
  return /^\/(assets\/|icon\.svg$|manifest\.webmanifest$)/.test(url.pathname) ? 'file' : 'pass';
}
