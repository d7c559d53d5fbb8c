import { get } from '../api/client';
import { useAnswer } from '../api/useAnswer';
import { t } from '../i18n/text';
import { Text } from '../i18n/Text';
import { Link } from './route';

export function Footer() {
  const version = useAnswer('version', (signal) => get<{ version: string; commit: string; ngsiLd: string }>('/version', signal));
  return (
    <footer className="footer">
      <ul>
        <li><Link to="/developers"><Text k="nav.developers" /></Link></li>
        <li><a href="/openapi.json"><Text k="footer.openapi" /></a></li>
        <li><Link to="/status"><Text k="nav.status" /></Link></li>
        <li><Link to="/settings"><Text k="nav.settings" /></Link></li>
      </ul>
      <p><Text k="footer.what" />{version.data && <> <span className="nowrap">{t('footer.version', { version: version.data.data.version, commit: version.data.data.commit })}</span></>}</p>
      <p className="note"><Text k="footer.credit" /></p>
    </footer>
  );
}
