// The start page: one for each role, chosen by the person and kept in the browser.
import { Suspense } from 'react';
import { type Part, part } from '../../app/part';
import { type Role, settings, useSettings } from '../../app/settings';
import { Text } from '../../i18n/Text';
import { RoleChoice } from '../../ui/RoleChoice';
import { Loading } from '../../ui/parts';
import Visitor from './Visitor';

const views: Record<Role, Part> = {
  visitor: { load: () => Promise.resolve(), View: Visitor }, // most people's: it comes with this page
  resident: part(() => import('./Resident')),
  staff: part(() => import('./Staff')),
  professional: part(() => import('./Professional')),
  operator: part(() => import('./Operator')),
};
await views[settings.get().role].load().catch(() => undefined); // told of where it is shown

export default function Home() {
  const { role } = useSettings(), { View } = views[role];
  return (
    <>
      <div className="role-bar"><span><Text k="role.label" /></span><RoleChoice /></div>
      <Suspense fallback={<Loading />}><View /></Suspense>
    </>
  );
}
