// The same as the map, to be read: sortable, by keyboard too.
import { type ReactNode, useMemo, useState } from 'react';
import { Link, entityAddress } from '../../app/route';
import { locale, number, t } from '../../i18n/text';
import { Text } from '../../i18n/Text';

export interface Row {
  id: string;
  name: string;
  value?: number;
  side?: string;
}
type Column = 'name' | 'value' | 'side';
const step = 100;

export function MapTable({ rows, valueTitle, sideTitle, chosen, onChoose }: { rows: Row[]; valueTitle?: string; sideTitle?: string; chosen: string | null; onChoose: (id: string) => void }) {
  const [sort, setSort] = useState<{ by: Column; down: boolean }>({ by: valueTitle ? 'value' : 'name', down: Boolean(valueTitle) }), [most, setMost] = useState(step);
  const by: Column = sort.by === 'value' && !valueTitle ? 'name' : sort.by;
  const sorted = useMemo(() => {
    const order = new Intl.Collator(locale()), sign = sort.down ? -1 : 1;
    return [...rows].sort((a, b) => (by === 'value' ? sign * ((a.value ?? -Infinity) - (b.value ?? -Infinity)) : sign * order.compare((by === 'side' ? a.side : a.name) ?? '', (by === 'side' ? b.side : b.name) ?? '')));
  }, [rows, by, sort.down]);
  const head = (column: Column, title: ReactNode) => (
    <th scope="col" className={column === 'value' ? 'number' : undefined} aria-sort={by === column ? (sort.down ? 'descending' : 'ascending') : 'none'}>
      <button type="button" className="sort" onClick={() => setSort({ by: column, down: by === column ? !sort.down : column === 'value' })}>{title}<span aria-hidden="true">{by === column ? (sort.down ? ' ↓' : ' ↑') : ''}</span></button>
    </th>
  );
  return (
    <div className="table-box map-table" tabIndex={0} role="group" aria-label={t('map.table')}>
      <table>
        <thead><tr>{head('name', <Text k="name" />)}{valueTitle && head('value', valueTitle)}{sideTitle && head('side', sideTitle)}</tr></thead>
        <tbody>
          {sorted.slice(0, most).map((r) => (
            <tr key={r.id} className={r.id === chosen ? 'chosen' : undefined}>
              <td><Link to={entityAddress(r.id)} onClick={(e) => { if (e.metaKey || e.ctrlKey || e.shiftKey) return; e.preventDefault(); onChoose(r.id); }}>{r.name}</Link></td>
              {valueTitle && <td className="number">{r.value === undefined ? '—' : number(r.value, 2)}</td>}
              {sideTitle && <td className="nowrap">{r.side}</td>}
            </tr>
          ))}
        </tbody>
      </table>
      {sorted.length > most && <button type="button" className="more" onClick={() => setMost(most + step * 5)}><Text k="action.more" values={{ n: sorted.length - most }} /></button>}
    </div>
  );
}
