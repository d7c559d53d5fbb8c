import { useEffect, useState } from 'react';
import { say } from '../api/entity';
import { branding, useSession } from '../api/session';
import { useAnswer } from '../api/useAnswer';
import { langTag, t } from '../i18n/text';
import { Text } from '../i18n/Text';
import { pages } from './pages';
import { Link, usePlace } from './route';
import { Standing, WhoButton, WhoPanel } from './Who';
import { change, type Language, languages, useSettings } from './settings';

/** In their own words, so that everybody finds theirs. */
const languageNames: Record<Language, string> = { ja: '日本語', easy: 'やさしい日本語', en: 'English' }; // i18n-exempt

export function LanguageChoice() {
  const { language } = useSettings();
  return (
    <div className="languages" role="group" aria-label={t('settings.language')}>
      {languages.map((l) => (
        <button key={l} type="button" lang={langTag(l)} aria-pressed={l === language} onClick={() => change({ language: l })}>{languageNames[l]}</button>
      ))}
    </div>
  );
}

export function Header() {
  const { path } = usePlace(), { role } = useSettings(), [open, setOpen] = useState<'' | 'menu' | 'who'>('');
  useEffect(() => setOpen(''), [path]);
  const tenant = useSession()?.subject?.tenant, own = useAnswer(tenant ? `branding ${tenant}` : null, branding).data;
  const shown = pages.filter((p) => p.nav && (!p.role || p.role === role));
  return (
    <header className="header" style={tenant && own?.branding?.colour ? { borderTop: `6px solid ${own.branding.colour}` } : undefined}>
      <div className="header-top">
        <Link to="/" className="brand"><img src="/icon.svg" alt="" width="44" height="44" /><span><Text k="brand" /><small>{tenant && own?.title ? say({ ja: own.title, en: own.titleEn || own.title }) : <Text k="brand.region" />}</small></span></Link>
        <LanguageChoice />
        <Link to="/settings" className="header-settings"><Text k="nav.settings" /></Link>
        <WhoButton open={open === 'who'} onOpen={(on) => setOpen(on ? 'who' : '')} />
        <button type="button" className="menu-button" aria-expanded={open === 'menu'} aria-controls="nav" onClick={() => setOpen(open === 'menu' ? '' : 'menu')}><Text k={open === 'menu' ? 'action.close' : 'nav.menu'} /></button>
      </div>
      <WhoPanel open={open === 'who'} />
      <nav id="nav" className={open === 'menu' ? 'nav open' : 'nav'} aria-label={t('nav.label')}>
        <ul>
          {shown.map((p) => (
            <li key={p.path}><Link to={p.path} aria-current={p.path === '/' ? (path === '/' ? 'page' : undefined) : path.startsWith(p.path) ? 'page' : undefined}><Text k={p.nav!} /></Link></li>
          ))}
          <li className="only-narrow"><Link to="/settings"><Text k="nav.settings" /></Link></li>
        </ul>
      </nav>
      <Standing />
    </header>
  );
}
