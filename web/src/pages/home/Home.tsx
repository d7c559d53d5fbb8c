// The start page: one for each role, chosen by the person and kept in the browser.
import { type ComponentType, type LazyExoticComponent, Suspense, lazy } from 'react';
import { change, type Role, roles, useSettings } from '../../app/settings';
import { t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { Loading } from '../../ui/parts';

const views: Record<Role, LazyExoticComponent<ComponentType>> = {
  visitor: lazy(() => import('./Visitor')),
  resident: lazy(() => import('./Resident')),
  staff: lazy(() => import('./Staff')),
  professional: lazy(() => import('./Professional')),
  operator: lazy(() => import('./Operator')),
};

export function RoleChoice() {
  const { role } = useSettings();
  return (
    <div className="roles" role="group" aria-label={t('role.label')}>
      {roles.map((r) => <button key={r} type="button" aria-pressed={r === role} onClick={() => change({ role: r })}><Text k={`role.${r}`} /></button>)}
    </div>
  );
}

export default function Home() {
  const { role } = useSettings(), View = views[role];
  return (
    <>
      <div className="role-bar"><span><Text k="role.label" /></span><RoleChoice /></div>
      <Suspense fallback={<Loading />}><View /></Suspense>
    </>
  );
}
