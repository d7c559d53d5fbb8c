import { createRoot } from 'react-dom/client';
import '@digital-go-jp/design-tokens/dist/tokens.css';
import './ui/theme.css';
import './ui/base.css';
import './ui/layout.css';
import './ui/parts.css';
import { App } from './app/App';
import { startSession } from './api/session';
import { startLetters } from './app/letters';
import { startOffline } from './app/offline';
import { pageAt } from './app/pages';
import { settings } from './app/settings';
import { loadTexts } from './i18n/text';

startSession();
// A page that cannot be loaded is told of where it is shown.
await Promise.all([loadTexts(settings.get().language), pageAt(location.pathname)?.load().catch(() => undefined)]);
createRoot(document.getElementById('root')!).render(<App />);
startOffline();
startLetters();
