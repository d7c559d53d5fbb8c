// What is shown to whom: a page that is for somebody who has signed in, or who holds a right, says so to everybody else.
import type { ReactNode } from 'react';
import { line } from '../api/client';
import { type Subject, signInAddress, useSession } from '../api/session';
import { Link } from '../app/route';
import { useSettings } from '../app/settings';
import { useShared } from '../app/store';
import { t } from '../i18n/text';
import { Text } from '../i18n/Text';
import { Empty, Loading } from './parts';

export const SignInLink = () => <Link to={signInAddress()} className="button"><Text k="signIn" /></Link>;

export const rights = ['publish', 'operate', 'audit', 'policies', 'tenants', 'accounts', 'clients', 'devices', 'automation', 'alarms'] as const;
export type Right = (typeof rights)[number];

const namesOf = (may: Right[]): string => may.map((right) => t(`right.${right}`)).join(t('separator'));

/** Has who is signed in this right? Everybody has it when the program is open. */
export const useMay = (right: Right): boolean => {
  const me = useSession();
  return me?.auth === 'none' || !!me?.subject?.rights.includes(right);
};

/** Staff who keep data: whom the program knows as such; when it is open, or without a line, whoever says so. */
export function useStaff(): boolean {
  const me = useSession(), { role } = useSettings();
  return (role === 'staff' || role === 'operator') && (!me || me.auth === 'none' || me.subject?.kind === 'staff');
}

/** For what was there before anybody signed in, and is anybody's when the program is open. */
export function RightGate({ may, children }: { may: Right[]; children: ReactNode }) {
  return useSession()?.auth === 'none' ? children : <Gate may={may}>{() => children}</Gate>;
}

/** `may`: one of these rights, or nothing but to be signed in. */
export function Gate({ may, children }: { may?: Right[]; children: (subject: Subject) => ReactNode }) {
  const me = useSession(), { up } = useShared(line);
  if (!me) return up ? <Loading /> : <Empty title={<Text k="failed.line" />}><p><Text k="line.retry" /></p></Empty>;
  if (me.auth === 'none') return <Empty title={<Text k="gate.open" />}><p><Text k="gate.open.do" /></p><p><code>tsunagu serve --auth=on</code></p></Empty>;
  if (!me.subject) return <Empty title={<Text k="gate.signIn" />}><p>{may ? <Text k="gate.signIn.right" values={{ right: namesOf(may) }} /> : <Text k="gate.signIn.do" />}</p><p><SignInLink /></p></Empty>;
  const { subject } = me;
  if (may && !may.some((right) => subject.rights.includes(right))) {
    return (
      <Empty title={<Text k="gate.right" />}>
        <p><Text k="gate.right.do" values={{ right: namesOf(may), name: subject.name }} /></p>
        <p><Link to="/"><Text k="nowhere.home" /></Link></p>
      </Empty>
    );
  }
  return children(subject);
}
