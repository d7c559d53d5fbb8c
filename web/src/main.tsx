import { createRoot } from 'react-dom/client';
import '@digital-go-jp/design-tokens/dist/tokens.css';
import '../.generated/base.css';
import './ui/theme.css';
import './ui/base.css';
import './ui/layout.css';
import './ui/parts.css';
import { App } from './app/App';
import { startOffline } from './app/offline';
import { settings } from './app/settings';
import { loadTexts } from './i18n/text';

await loadTexts(settings.get().language);
createRoot(document.getElementById('root')!).render(<App />);
startOffline();
