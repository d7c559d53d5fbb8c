// The key of a device, which is shown once, and how the device uses it.
import type { WithKey } from '../../api/things';
import { Text } from '../../i18n/Text';
import { CopyLine } from '../../ui/parts';

export function KeyOnce({ made: { key = '', group = '', address = '' } }: { made: WithKey }) {
  const query = `k=${encodeURIComponent(group)}&i=${encodeURIComponent(address)}`;
  return (
    <div role="status">
      <p className="notice"><Text k="device.key.once" /></p>
      <CopyLine text={key} />
      <p><Text k="device.key.use" /></p>
      <CopyLine text={`curl '${location.origin}/iot/json?${query}' -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' -d '{"temperature": 21.5}'`} />
    </div>
  );
}
