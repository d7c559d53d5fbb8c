// In the header: who is signed in, where what concerns them is, sign-out. Below it, what must not be forgotten: that the program is open,
// for whom one acts, what one looks at data for.
import { useEffect, useState } from 'react';
import { purpose, setPurpose } from '../api/caller';
import { inLanguage } from '../api/entity';
import { type Me, type Subject, actFor, signInAddress, signOut, useSession } from '../api/session';
import { t } from '../i18n/text';
import { Text } from '../i18n/Text';
import { Failure } from '../ui/parts';
import { Link, usePlace } from './route';
import { useShared } from './store';

/** Their places: everybody's own, then what their rights lead to. */
export function placesOf({ kind, rights }: Subject) {
  const has = (...some: string[]) => some.some((r) => rights.includes(r));
  return ([
    ['/my-data', 'nav.myData', true], ['/consents', 'nav.consents', true], ['/emergency', kind === 'staff' ? 'nav.emergency' : 'nav.emergency.mine', true], ['/account', 'nav.account', true],
    ['/trust/alerts', 'nav.alerts', has('audit')], ['/trust/log', 'nav.log', has('audit')], ['/trust/policies', 'nav.policies', has('policies')],
    ['/trust/accounts', 'nav.accounts', has('accounts')], ['/trust/tenants', 'nav.tenants', has('tenants')],
    ['/alarms', 'alarms.title', has('alarms')], ['/rules', 'rules.title', has('automation')],
  ] as const).filter(([, , shown]) => shown);
}

/** What they are: their roles and where, else what kind of somebody. */
export const positionOf = (subject: Subject): string => [...new Set(subject.roles.map((r) => inLanguage(r.bodyName)).filter(Boolean))].join(t('separator')) || t(`subject.${subject.kind}`);

const Figure = () => <svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true"><circle cx="12" cy="8" r="4.2" fill="currentColor" /><path d="M3.5 21c.6-4.6 4-7.2 8.5-7.2s7.9 2.6 8.5 7.2z" fill="currentColor" /></svg>;

export function WhoButton({ open, onOpen }: { open: boolean; onOpen: (open: boolean) => void }) {
  const me = useSession();
  usePlace(); // the link leads back to where one is
  if (!me || (me.auth === 'none' && !me.subject)) return null;
  if (!me.subject) return <Link to={signInAddress()} className="button who"><Text k="signIn" /></Link>;
  return (
    <button type="button" className="who" aria-expanded={open} aria-controls="who" onClick={() => onOpen(!open)}>
      <Figure /><span className="who-name">{me.subject.name}<small className="block">{positionOf(me.subject)}</small></span><span className="hidden-text"><Text k="who.open" /></span>
    </button>
  );
}

export function WhoPanel({ open }: { open: boolean }) {
  const { subject } = useSession() ?? {}, { path } = usePlace(), [error, setError] = useState<Error | null>(null);
  if (!subject) return null;
  return (
    <nav id="who" className={open ? 'who-panel open' : 'who-panel'} aria-label={t('who.label')}>
      <ul>
        {placesOf(subject).map(([to, key]) => <li key={to}><Link to={to} aria-current={path === to ? 'page' : undefined}><Text k={key} /></Link></li>)}
        <li><button type="button" onClick={() => void signOut().catch(setError)}><Text k="signOut" /></button></li>
      </ul>
      {error && <Failure error={error} />}
    </nav>
  );
}

export function Standing() {
  const me = useSession();
  if (!me) return null;
  return (
    <>
      {me.auth === 'none' && <p className="open-warning"><span><Text k="open.warning" /></span></p>}
      {me.subject?.actsFor && <ActsFor name={me.subject.actsFor.name} />}
      {me.subject?.kind === 'staff' && me.purposes.length > 0 && <Purpose me={me} />}
    </>
  );
}

function ActsFor({ name }: { name: string }) {
  const [error, setError] = useState<Error | null>(null);
  return (
    <div className="banners">
      <div className="banner">
        <p><strong><Text k="actsFor" values={{ name }} /></strong></p>
        <button type="button" className="small" onClick={() => void actFor(null).catch(setError)}><Text k="actsFor.end" /></button>
        {error && <Failure error={error} />}
      </div>
    </div>
  );
}

/** For what staff look at data: said with every call, and written in the log that residents read. */
function Purpose({ me }: { me: Me }) {
  const chosen = useShared(purpose), known = me.purposes.some((p) => p.key === chosen);
  useEffect(() => {
    if (chosen && !known) setPurpose('');
  }, [chosen, known]);
  return (
    <div className="banners purpose">
      <label><span><Text k="purpose" /></span>
        <select value={known ? chosen : ''} onChange={(e) => setPurpose(e.target.value)}>
          <option value="">{t('purpose.none')}</option>
          {me.purposes.map((p) => <option key={p.key} value={p.key}>{inLanguage(p.title)}</option>)}
        </select>
      </label>
      <small><Text k="purpose.note" /></small>
    </div>
  );
}
