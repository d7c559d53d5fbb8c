// Every page: its address, its name and the code that is loaded when it is opened. The program serves the addresses of paths.json.
import { type ComponentType, type LazyExoticComponent, lazy } from 'react';
import type { Key } from '../i18n/text';

export interface Page {
  path: string;
  /** Of the document and the heading. */
  title: Key;
  view: LazyExoticComponent<ComponentType>;
  /** The key behind g that leads here. */
  key: string;
  /** In the main navigation, and under which name. */
  nav?: Key;
}

export const pages: Page[] = [
  { path: '/', title: 'home.title', nav: 'nav.home', key: 'h', view: lazy(() => import('../pages/home/Home')) },
  { path: '/search', title: 'search.title', nav: 'nav.search', key: 's', view: lazy(() => import('../pages/search/Search')) },
  { path: '/map', title: 'map.title', nav: 'nav.map', key: 'm', view: lazy(() => import('../pages/map/MapPage')) },
  { path: '/explore', title: 'explore.title', nav: 'nav.explore', key: 'e', view: lazy(() => import('../pages/explore/Explore')) },
  { path: '/history', title: 'history.title', nav: 'nav.history', key: 't', view: lazy(() => import('../pages/history/History')) },
  { path: '/live', title: 'live.title', nav: 'nav.live', key: 'l', view: lazy(() => import('../pages/live/Live')) },
  { path: '/developers', title: 'developers.title', nav: 'nav.developers', key: 'd', view: lazy(() => import('../pages/developers/Developers')) },
  { path: '/status', title: 'status.title', key: 'o', view: lazy(() => import('../pages/status/Status')) },
  { path: '/settings', title: 'settings.title', key: 'p', view: lazy(() => import('../pages/settings/Settings')) },
];

const entity: Page = { path: '/explore/{*}', title: 'entity.title', key: '', view: lazy(() => import('../pages/entity/EntityPage')) };

export const pageAt = (path: string): Page | undefined =>
  pages.find((p) => p.path === path || `${p.path}/` === path) ?? (path.startsWith('/explore/') ? entity : undefined);
