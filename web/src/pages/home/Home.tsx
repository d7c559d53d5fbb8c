// The start page: one for each role. Who has signed in gets theirs, with what concerns them first; the others choose one, which the
// browser keeps.
import { Suspense } from 'react';
import { useSession } from '../../api/session';
import { type Part, part, trustPart } from '../../app/part';
import { Link } from '../../app/route';
import { type Role, settings, useSettings } from '../../app/settings';
import { placesOf } from '../../app/Who';
import { t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { RoleChoice } from '../../ui/RoleChoice';
import { Loading } from '../../ui/parts';
import Visitor from './Visitor';

const views: Record<Role, Part> = {
  visitor: { load: () => Promise.resolve(), View: Visitor }, // most people's: it comes with this page
  resident: part(() => import('./Resident')),
  staff: part(() => import('./Staff')),
  professional: part(() => import('./Professional')),
  operator: trustPart(() => import('./Operator')),
};
await views[settings.get().role].load().catch(() => undefined); // told of where it is shown

export default function Home() {
  const { role } = useSettings(), { View } = views[role], subject = useSession()?.subject;
  return (
    <>
      {subject ? (
        <nav className="own" aria-label={t('who.label')}>
          <p><Text k="who.hello" values={{ name: subject.name }} /></p>
          <ul className="tiles">{placesOf(subject).map(([to, key]) => <li key={to}><Link to={to} className="tile"><span><Text k={key} /></span></Link></li>)}</ul>
        </nav>
      ) : <div className="role-bar"><span><Text k="role.label" /></span><RoleChoice /></div>}
      <Suspense fallback={<Loading />}><View /></Suspense>
    </>
  );
}
