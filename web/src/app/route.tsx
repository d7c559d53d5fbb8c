// Where we are: the address of the page, and how to get elsewhere without loading the portal again.
import { type AnchorHTMLAttributes, type MouseEvent, type ReactNode } from 'react';
import { shared, useShared } from './store';

export interface Place {
  path: string;
  query: URLSearchParams;
}

const here = (): Place => ({ path: location.pathname, query: new URLSearchParams(location.search) });
const place = shared<Place>(typeof location === 'undefined' ? { path: '/', query: new URLSearchParams() } : here());

if (typeof addEventListener !== 'undefined') addEventListener('popstate', () => place.set(here()));

export const usePlace = (): Place => useShared(place);

export function go(to: string, replace = false): void {
  if (to === location.pathname + location.search) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', to);
  place.set(here());
}

/** An address with these parameters; empty ones are left out. */
export function address(path: string, query: Record<string, string | number | undefined> = {}): string {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const text = new URLSearchParams(entries.map(([key, value]) => [key, String(value)])).toString();
  return text ? `${path}?${text}` : path;
}

/** The same page with some parameters changed. */
export function change(query: Record<string, string | number | undefined>, replace = true): void {
  const now = here();
  go(address(now.path, { ...Object.fromEntries(now.query), ...query }), replace);
}

/** An id as one segment of a path that people can still read. */
export const segment = (id: string): string => encodeURIComponent(id).replaceAll('%3A', ':');
export const entityAddress = (id: string): string => `/explore/${segment(id)}`;

export function Link({ to, children, ...rest }: { to: string; children: ReactNode } & AnchorHTMLAttributes<HTMLAnchorElement>) {
  const follow = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button) return;
    event.preventDefault();
    const path = location.pathname;
    go(to);
    if (location.pathname !== path) scrollTo(0, 0);
  };
  return (
    <a href={to} onClick={follow} {...rest}>
      {children}
    </a>
  );
}
