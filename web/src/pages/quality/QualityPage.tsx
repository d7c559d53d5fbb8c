// How good the open data of each municipality is: on the map, and as a table that says the same.
import { useMemo, useState } from 'react';
import { type MunicipalityQuality, type Quality, regionQuality } from '../../api/datasets';
import { say } from '../../api/entity';
import { type Municipality, useMunicipalities } from '../../api/region';
import { useAnswer } from '../../api/useAnswer';
import { Link, address } from '../../app/route';
import { locale, number, t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { MapView, usePalette } from '../../map/MapView';
import { classCount, evenClasses } from '../../map/classes';
import { useLand } from '../../map/land';
import { rampOf } from '../../map/palette';
import { Failure, Loading } from '../../ui/parts';
import { Stars } from '../../ui/Stars';
import { Legend } from '../map/Legend';
import { fills } from '../map/colours';

export default function QualityPage() {
  const found = useAnswer('region quality', regionQuality), places = useMunicipalities();
  if (!found.data) return <><h1><Text k="quality.title" /></h1>{found.error ? <Failure error={found.error} again={found.again} /> : <Loading />}</>;
  const { counted, of, municipalities } = found.data;
  return (
    <>
      <h1><Text k="quality.title" /></h1>
      <p className="lead"><Text k="quality.lead" /></p>
      <div className="card share-of">
        <p><strong><Text k="quality.counted" values={{ n: counted, of }} /></strong> <span className="note">{number(Math.floor((counted / Math.max(of, 1)) * 1000) / 10)} %</span></p>
        <meter min={0} max={Math.max(of, 1)} value={counted} aria-label={t('quality.counted', { n: counted, of })} />
      </div>
      <div className="two">
        <section aria-labelledby="quality-map">
          <h2 id="quality-map"><Text k="quality.map" /></h2>
          {places.data ? <ScoreMap list={places.data} scores={municipalities} /> : places.error ? <Failure error={places.error} again={places.again} /> : <Loading />}
        </section>
        <section aria-labelledby="quality-how">
          <h2 id="quality-how"><Text k="quality.how" /></h2>
          <dl className="facts">
            <div><dt><Text k="quality.stars" /></dt><dd><Text k="quality.stars.means" /></dd></div>
            <div><dt><Text k="quality.completeness" /></dt><dd><Text k="quality.completeness.means" /></dd></div>
            <div><dt><Text k="quality.freshness" /></dt><dd><Text k="quality.freshness.means" /></dd></div>
            <div><dt><Text k="quality.validity" /></dt><dd><Text k="quality.validity.means" /></dd></div>
          </dl>
        </section>
      </div>
      <Table list={everyone(municipalities, places.data ?? [])} />
    </>
  );
}

/** Those that publish nothing belong into the table too. */
function everyone(published: MunicipalityQuality[], all: Municipality[]): MunicipalityQuality[] {
  const known = new Set(published.map((m) => m.id));
  return [...published, ...all.filter((m) => !known.has(m.id)).map((m) => ({ id: m.id, code: String(m.municipalityCode ?? ''), name: typeof m.name === 'string' ? { ja: m.name } : m.name.languageMap, datasets: 0, standards: 0 }))];
}

function ScoreMap({ list, scores }: { list: Municipality[]; scores: MunicipalityQuality[] }) {
  const palette = usePalette(), land = useLand(list);
  const values = useMemo(() => new Map(scores.flatMap((m) => (m.datasets && m.score !== undefined ? [[m.id, m.score] as const] : []))), [scores]);
  const classes = useMemo(() => evenClasses([...values.values()]), [values]), fill = useMemo(() => fills(values, classes, rampOf(palette, classCount(classes))), [values, classes, palette]);
  const [chosen, setChosen] = useState<string | null>(null), one = scores.find((m) => m.id === chosen);
  return (
    <>
      <MapView land={land} fill={fill} chosen={chosen} label={t('map.label', { n: list.length })} onChoose={(ids) => setChosen(ids[0] ?? null)} />
      <p role="status">{one && <><strong>{say(one.name)}</strong> {one.datasets ? <Link to={address('/datasets', { publisher: one.id })}><Text k="datasets.count" values={{ n: one.datasets }} /></Link> : <Text k="quality.nothing" />}</>}</p>
      <Legend title={t('quality.score')} classes={classes} palette={palette} lacking={list.length - values.size} />
    </>
  );
}

type Column = 'name' | 'datasets' | 'standards' | keyof Quality;
const columns: Column[] = ['name', 'score', 'stars', 'datasets', 'standards', 'completeness', 'freshness', 'validity'];
const shares: Column[] = ['completeness', 'freshness', 'validity'];

function Table({ list }: { list: MunicipalityQuality[] }) {
  const [sort, setSort] = useState<{ by: Column; down: boolean }>({ by: 'score', down: true });
  const sorted = useMemo(() => {
    const order = new Intl.Collator(locale()), sign = sort.down ? -1 : 1, value = (m: MunicipalityQuality) => (sort.by === 'name' || !m.datasets ? -1 : m[sort.by] ?? -1);
    return [...list].sort((a, b) => (sort.by === 'name' ? sign * order.compare(say(a.name), say(b.name)) : sign * (value(a) - value(b)) || order.compare(a.code, b.code)));
  }, [list, sort]);
  const cell = (m: MunicipalityQuality, column: Column) => {
    if (column === 'datasets') return m.datasets ? <Link to={address('/datasets', { publisher: m.id })} aria-label={t('quality.datasets.of', { name: say(m.name), n: m.datasets })}>{number(m.datasets)}</Link> : number(0);
    if (column === 'standards') return number(m.standards);
    const value = column === 'name' ? undefined : m[column];
    if (!m.datasets || value === undefined || value === null) return '—';
    return column === 'stars' ? <Stars quality={{ stars: value }} /> : shares.includes(column) ? `${number(Math.floor(value * 100))} %` : number(value, 0);
  };
  return (
    <section aria-labelledby="quality-table">
      <h2 id="quality-table"><Text k="quality.table" /></h2>
      <div className="table-box quality-table" tabIndex={0} role="group" aria-labelledby="quality-table">
        <table>
          <thead>
            <tr>
              {columns.map((c) => (
                <th key={c} scope="col" className={c === 'name' ? undefined : 'number'} aria-sort={sort.by === c ? (sort.down ? 'descending' : 'ascending') : 'none'}>
                  <button type="button" className="sort" onClick={() => setSort({ by: c, down: sort.by === c ? !sort.down : c !== 'name' })}><Text k={c === 'name' ? 'municipality' : `quality.${c}`} /><span aria-hidden="true">{sort.by === c ? (sort.down ? ' ↓' : ' ↑') : ''}</span></button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>{sorted.map((m) => <tr key={m.id}><th scope="row">{say(m.name)}</th>{columns.slice(1).map((c) => <td key={c} className="number">{cell(m, c)}</td>)}</tr>)}</tbody>
        </table>
      </div>
    </section>
  );
}
