// The shell: header, the page, footer; language, theme and titles as chosen.
import { Component, type ReactNode, Suspense, useEffect, useRef, useState } from 'react';
import { purpose, signedIn } from '../api/caller';
import { line } from '../api/client';
import { personKey, useSession } from '../api/session';
import { langTag, loadTexts, t } from '../i18n/text';
import { Text } from '../i18n/Text';
import { Empty, Loading } from '../ui/parts';
import { Footer } from './Footer';
import { Header } from './Header';
import { LineBanner } from './LineBanner';
import { pageAt } from './pages';
import { Link, usePlace } from './route';
import { isDark, type Language, useSettings } from './settings';
import { Shortcuts } from './Shortcuts';
import { useShared } from './store';

/** Follows the chosen language: the texts are loaded first, then everything is shown anew. */
function useLanguage(): Language {
  const { language } = useSettings(), [shown, setShown] = useState(language);
  useEffect(() => {
    if (language !== shown) void loadTexts(language).then(() => setShown(language));
  }, [language, shown]);
  useEffect(() => {
    document.documentElement.lang = langTag(shown);
  }, [shown]);
  return shown;
}

function useTheme(): void {
  const { theme, textSize } = useSettings();
  useEffect(() => {
    const put = () => {
      document.documentElement.dataset.theme = isDark(theme) ? 'dark' : 'light';
      document.documentElement.dataset.text = textSize;
    };
    put();
    const query = matchMedia('(prefers-color-scheme: dark)');
    query.addEventListener('change', put);
    return () => query.removeEventListener('change', put);
  }, [theme, textSize]);
}

class Guard extends Component<{ children: ReactNode; fallback: ReactNode }, { failed: boolean }> {
  override state = { failed: false };
  static getDerivedStateFromError() {
    return { failed: true };
  }
  override render() {
    return this.state.failed ? this.props.fallback : this.props.children;
  }
}

export function App() {
  const language = useLanguage(), { path } = usePlace(), page = pageAt(path), main = useRef<HTMLElement>(null), first = useRef(path);
  const me = useSession(), { up } = useShared(line), why = useShared(purpose);
  useTheme();
  useEffect(() => {
    document.title = page ? `${t(page.title)} | ${t('brand')}` : t('brand');
    if (first.current !== path) main.current?.focus({ preventScroll: true });
    first.current = '';
  }, [path, page, language]);
  const View = page?.View;
  return (
    <div className="shell" key={language}>
      <a className="skip" href="#main" onClick={(e) => { e.preventDefault(); main.current?.focus(); }}><Text k="action.skip" /></a>
      <Header />
      <LineBanner />
      <main id="main" ref={main} tabIndex={-1}>
        <Guard key={`${path} ${personKey(me)} ${why}`} fallback={<Empty title={<Text k="broken.title" />}><p><Text k="broken.text" /></p><button type="button" onClick={() => location.reload()}><Text k="action.reload" /></button></Empty>}>
          <Suspense fallback={<Loading />}>
            {!me && signedIn() && up ? <Loading /> : View ? <View /> : <Empty title={<Text k="nowhere.title" />}><p><Link to="/"><Text k="nowhere.home" /></Link></p></Empty>}
          </Suspense>
        </Guard>
      </main>
      <Footer />
      <Shortcuts />
    </div>
  );
}
