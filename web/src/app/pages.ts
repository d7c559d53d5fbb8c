// Every page: its address, its name and the code that is loaded when it is opened. The program serves the addresses of paths.json.
import type { Key } from '../i18n/text';
import { type Part, alarmsPart, part, thingsPart as things, trustPart as trust } from './part';
import type { Role } from './settings';

export interface Page extends Part {
  path: string;
  /** Of the document and the heading. */
  title: Key;
  /** The key behind g that leads here. */
  key: string;
  /** In the main navigation, and under which name. */
  nav?: Key;
  /** There for this role only; the others find it by its address. */
  role?: Role;
}

export const pages: Page[] = [
  { path: '/', title: 'home.title', nav: 'nav.home', key: 'h', ...part(() => import('../pages/home/Home')) },
  { path: '/search', title: 'search.title', nav: 'nav.search', key: 's', ...part(() => import('../pages/search/Search')) },
  { path: '/datasets', title: 'datasets.title', nav: 'nav.datasets', key: 'd', ...part(() => import('../pages/datasets/Datasets')) },
  { path: '/map', title: 'map.title', nav: 'nav.map', key: 'm', ...part(() => import('../pages/map/MapPage')) },
  { path: '/explore', title: 'explore.title', nav: 'nav.explore', key: 'e', ...part(() => import('../pages/explore/Explore')) },
  { path: '/history', title: 'history.title', nav: 'nav.history', key: 't', ...part(() => import('../pages/history/History')) },
  { path: '/devices', title: 'devices.title', nav: 'nav.devices', key: 'v', ...things(() => import('../pages/devices/Devices')) },
  { path: '/rules', title: 'rules.title', key: 'r', ...things(() => import('../pages/rules/Rules')) },
  { path: '/wall', title: 'wall.title', key: 'b', ...things(() => import('../pages/wall/Wall')) },
  { path: '/networks', title: 'networks.title', key: 'j', ...things(() => import('../pages/networks/Networks')) },
  { path: '/alarms', title: 'alarms.title', key: 'y', ...alarmsPart(() => import('../pages/alarms/Alarms')) },
  { path: '/plan', title: 'plan.title', nav: 'nav.plan', key: 'i', ...part(() => import('../pages/plan/PlanPage')) },
  { path: '/live', title: 'live.title', nav: 'nav.live', key: 'l', ...part(() => import('../pages/live/Live')) },
  { path: '/developers', title: 'developers.title', nav: 'nav.developers', key: 'a', ...part(() => import('../pages/developers/Developers')) },
  { path: '/publish', title: 'publish.title', role: 'staff', nav: 'nav.publish', key: 'u', ...trust(() => import('../pages/publish/Publish')) },
  { path: '/quality', title: 'quality.title', key: 'q', ...part(() => import('../pages/quality/QualityPage')) },
  { path: '/status', title: 'status.title', role: 'operator', nav: 'nav.status', key: 'o', ...trust(() => import('../pages/status/Status')) },
  { path: '/my-data', title: 'myData.title', key: 'w', ...trust(() => import('../pages/my-data/MyData')) },
  { path: '/consents', title: 'consents.title', key: 'c', ...trust(() => import('../pages/consents/Consents')) },
  { path: '/emergency', title: 'emergency.title', key: 'x', ...trust(() => import('../pages/emergency/Emergency')) },
  { path: '/account', title: 'account.title', key: 'k', ...trust(() => import('../pages/account/Account')) },
  { path: '/sign-in', title: 'signIn.title', key: 'n', ...trust(() => import('../pages/sign-in/SignIn')) },
  { path: '/settings', title: 'settings.title', key: 'p', ...alarmsPart(() => import('../pages/settings/Settings')) },
];

/** Pages of one thing, whose name is the rest of the address, and those that few may use. */
const below: Page[] = [
  { path: '/trust/alerts', title: 'alerts.title', key: '', ...trust(() => import('../pages/alerts/Alerts')) },
  { path: '/trust/log', title: 'log.title', key: '', ...trust(() => import('../pages/log/Log')) },
  { path: '/trust/policies', title: 'policies.title', key: '', ...trust(() => import('../pages/policies/Policies')) },
  { path: '/trust/accounts', title: 'accounts.title', key: '', ...trust(() => import('../pages/accounts/Accounts')) },
  { path: '/trust/tenants', title: 'tenants.title', key: '', ...trust(() => import('../pages/tenants/Tenants')) },
  { path: '/devices/add', title: 'devices.add', key: '', ...things(() => import('../pages/devices/AddDevice')) },
  { path: '/devices/mappings', title: 'mappings.title', key: '', ...things(() => import('../pages/devices/Mappings')) },
  { path: '/devices/', title: 'device.title', key: '', ...things(() => import('../pages/devices/DevicePage')) },
  { path: '/rules/', title: 'rule.title', key: '', ...things(() => import('../pages/rules/RulePage')) },
  { path: '/explore/', title: 'entity.title', key: '', ...part(() => import('../pages/entity/EntityPage')) },
  { path: '/plan/edit', title: 'plan.edit.title', key: '', ...part(() => import('../pages/plan/EditPage')) },
  { path: '/plan/', title: 'plan.indicator', key: '', ...part(() => import('../pages/plan/IndicatorPage')) },
  { path: '/datasets/', title: 'dataset.title', key: '', ...part(() => import('../pages/dataset/DatasetPage')) },
  { path: '/publish/', title: 'studio.title', key: '', ...part(() => import('../pages/studio/Studio')) },
];

export const pageAt = (path: string): Page | undefined =>
  pages.find((p) => p.path === path || `${p.path}/` === path) ?? below.find((p) => path.startsWith(p.path));
