// Signing in by card: the program gives a challenge, the card signs it. The key and the PIN never leave this device.
import { signIn } from '../../api/session';
import { Text } from '../../i18n/Text';
import { CardForm } from '../../ui/CardForm';
import { Way } from './SignIn';

export const ByCard = ({ done }: { done: () => void }) => (
  <Way id="card" heading="signIn.card">
    <p><Text k="signIn.card.lead" /></p>
    <CardForm primary label={<Text k="signIn.card.do" />} send={(answer) => signIn('/auth/card', answer).then(done)} />
  </Way>
);
