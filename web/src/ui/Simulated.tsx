// What no real thing has said.
import { Text } from '../i18n/Text';

export const Simulated = ({ when }: { when: unknown }) => (when === true ? <strong className="simulated"><Text k="simulated" /></strong> : null);
