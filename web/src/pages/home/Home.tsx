// The start page: one for each role, chosen by the person and kept in the browser.
import { type ComponentType, type LazyExoticComponent, Suspense, lazy } from 'react';
import { type Role, roles, settings, useSettings } from '../../app/settings';
import { Text } from '../../i18n/Text';
import { RoleChoice } from '../../ui/RoleChoice';
import { Loading } from '../../ui/parts';

const loaders: Record<Role, () => Promise<{ default: ComponentType }>> = {
  visitor: () => import('./Visitor'),
  resident: () => import('./Resident'),
  staff: () => import('./Staff'),
  professional: () => import('./Professional'),
  operator: () => import('./Operator'),
};
void loaders[settings.get().role]().catch(() => undefined); // at once: it is needed next
const views = Object.fromEntries(roles.map((r) => [r, lazy(loaders[r])])) as Record<Role, LazyExoticComponent<ComponentType>>;

export default function Home() {
  const { role } = useSettings(), View = views[role];
  return (
    <>
      <div className="role-bar"><span><Text k="role.label" /></span><RoleChoice /></div>
      <Suspense fallback={<Loading />}><View /></Suspense>
    </>
  );
}
