// What a call carries of who makes it. Who is signed in is kept where every tab of the browser sees it, so that a call says
// of itself whose answer it wants: without a sign-in none goes with the cookie, and what comes can be kept for a weak line; with one,
// nothing is kept anywhere.
import { shared } from '../app/store';

const signPlace = 'tsunagu.signedIn', purposePlace = 'tsunagu.purpose';
let sign = ''; // where storage is forbidden

const read = (storage: 'localStorage' | 'sessionStorage', key: string): string => {
  try {
    return globalThis[storage]?.getItem(key) ?? '';
  } catch {
    return '';
  }
};
const keep = (storage: 'localStorage' | 'sessionStorage', key: string, value: string): void => {
  try {
    if (value) globalThis[storage]?.setItem(key, value);
    else globalThis[storage]?.removeItem(key);
  } catch {
    // it lives as long as the page
  }
};

export const signPlaceName = signPlace;
/** The id of who is signed in in this browser, "" for nobody. */
export const signedIn = (): string => read('localStorage', signPlace) || sign;
export function setSignedIn(id: string): void {
  sign = id;
  keep('localStorage', signPlace, id);
}

/** For what staff look at data; "" when they have not said. Of this tab only. */
export const purpose = shared<string>(read('sessionStorage', purposePlace));
export function setPurpose(key: string): void {
  purpose.set(key);
  keep('sessionStorage', purposePlace, key);
}

let ownTenant = '';
/** To which tenant who is signed in belongs; "": the one that everybody sees. */
export const setTenant = (name: string): void => void (ownTenant = name);

/** Rises when the program says that the sign-in no longer holds. */
export const refusals = shared(0);
export function heed(status: number, path: string): void {
  if (status === 401 && signedIn() && !path.startsWith('/auth/')) refusals.set(refusals.get() + 1);
}

export interface Standing {
  credentials: RequestCredentials;
  cache?: RequestCache;
  headers: Record<string, string>;
}
export function standing(path: string): Standing {
  if (!signedIn() && !path.startsWith('/auth/')) return { credentials: 'omit', headers: {} };
  // The graph that the portal shows is the one everybody sees; who keeps a tenant keeps their own.
  return { credentials: 'same-origin', cache: 'no-store', headers: { ...(purpose.get() && { 'Tsunagu-Purpose': purpose.get() }), ...(ownTenant && path.startsWith('/trust/') && { 'NGSILD-Tenant': ownTenant }) } };
}
