import { change, roles, useSettings } from '../app/settings';
import { t } from '../i18n/text';
import { Text } from '../i18n/Text';

export function RoleChoice() {
  const { role } = useSettings();
  return (
    <div className="roles" role="group" aria-label={t('role.label')}>
      {roles.map((r) => <button key={r} type="button" aria-pressed={r === role} onClick={() => change({ role: r })}><Text k={`role.${r}`} /></button>)}
    </div>
  );
}
