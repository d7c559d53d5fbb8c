// The history of an entity's numbers: one at a time here, several beside each other on the page for it.
import { useState } from 'react';
import { Link } from '../../app/route';
import { aside, named, t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { Chart, ValueTable, withUnit } from '../../chart/Chart';
import { Empty, Failure, Field, Loading } from '../../ui/parts';
import { useLines } from '../history/useLines';

export function EntityHistory({ id, title, numbers }: { id: string; title: string; numbers: string[] }) {
  const [asked, setAttribute] = useState(numbers[0]!), attribute = numbers.includes(asked) ? asked : numbers[0]!;
  const { lines, error, again, loading } = useLines([{ id, attribute }], null), line = lines[0], newest = line?.points.at(-1);
  const target = `target${attribute[0]!.toUpperCase()}${attribute.slice(1)}`; // what is wanted is seen beside what is
  const compared = new URLSearchParams([attribute, target].filter((n) => numbers.includes(n)).map((n) => ['s', `${id} ${n}`]));
  return (
    <section className="card" aria-labelledby="history-title">
      <h2 id="history-title"><Text k="entity.history.title" /></h2>
      <div className="tools">
        <Field label={<Text k="history.attribute" />}>
          <select value={attribute} onChange={(e) => setAttribute(e.target.value)}>{numbers.map((n) => <option key={n} value={n}>{named('attribute', n)}</option>)}</select>
        </Field>
        <Link to={`/history?${compared}`} className="button"><Text k="history.compare" /></Link>
      </div>
      {error ? <Failure error={error} again={again} /> : loading || !line ? <Loading /> : !newest ? <Empty title={<Text k="history.empty" />} /> : (
        <div className="two wide-left">
          <div>
            <Chart lines={lines} label={t('chart.label', { name: `${title} ${named('attribute', attribute)}`, n: line.points.length, value: withUnit(newest.v, line.unit) })} />
          </div>
          <details open={line.points.length > 1}><summary><Text k="chart.table" />{aside(named('attribute', attribute))}</summary><ValueTable lines={lines} /></details>
        </div>
      )}
    </section>
  );
}
