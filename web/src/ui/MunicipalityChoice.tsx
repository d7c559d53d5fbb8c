import { valueText } from '../api/entity';
import { useMunicipalities } from '../api/region';
import { Text } from '../i18n/Text';
import { t } from '../i18n/text';
import { Field } from './parts';

/** A municipality, or none. */
export function MunicipalityChoice({ value, onChange, none, id }: { value: string; onChange: (id: string) => void; none?: string; id?: string }) {
  const { data } = useMunicipalities();
  return (
    <Field label={<Text k="municipality" />}>
      <select id={id} value={value} onChange={(e) => onChange(e.target.value)}>
        <option value="">{none ?? t('municipality.all')}</option>
        {data?.map((m) => <option key={m.id} value={m.id}>{valueText(m.name)}</option>)}
      </select>
    </Field>
  );
}
