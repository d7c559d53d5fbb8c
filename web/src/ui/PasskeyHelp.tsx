// Why there are no passkeys here, and where there are.
import { namedHost } from '../api/passkey';
import { Text } from '../i18n/Text';

const byName = () => `http://localhost${location.port && `:${location.port}`}${location.pathname}${location.search}`;

export const PasskeyHelp = () => (!namedHost() && location.hostname === '127.0.0.1'
  ? <p className="notice"><Text k="signIn.passkey.name" /> <a href={byName()}>{new URL(byName()).host}</a></p>
  : <p className="notice"><Text k="signIn.passkey.cannot" /></p>);
