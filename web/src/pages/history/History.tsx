// Series over time, compared. The address keeps what is compared: s=ID ATTRIBUTE, as often as there are series.
import { useMemo, useState } from 'react';
import { api, get, withQuery } from '../../api/client';
import { type Entity, numberOf, titleOf } from '../../api/entity';
import { useTypes } from '../../api/region';
import { pattern } from '../../api/search';
import { useAnswer } from '../../api/useAnswer';
import { Link, entityAddress, go, usePlace } from '../../app/route';
import { Chart, ValueTable, withUnit } from '../../chart/Chart';
import { indexed } from '../../chart/lines';
import { named, t } from '../../i18n/text';
import { Name, Text } from '../../i18n/Text';
import { CopyLine, Empty, Failure, Field, Loading } from '../../ui/parts';
import { TryLine } from './TryLine';
import { type Pick, useLines } from './useLines';

const day = 86400e3, most = 6, mostChoices = 500;
const ranges = { hour: day / 24, day, week: 7 * day, month: 30 * day, year: 365 * day, all: 0 } as const;
type Range = keyof typeof ranges;
const rangeNames = Object.keys(ranges) as Range[];

const picksOf = (query: URLSearchParams): Pick[] => query.getAll('s').flatMap((s) => {
  const [id, attribute] = s.split(' ');
  return id && attribute ? [{ id, attribute }] : [];
}).slice(0, most);

function show(picks: Pick[], range: string, scale: string): void {
  const query = new URLSearchParams(picks.map((p) => ['s', `${p.id} ${p.attribute}`]));
  if (range !== 'all') query.set('range', range);
  if (scale) query.set('scale', scale);
  go(`/history?${query.toString()}`, true);
}

export default function History() {
  const { query } = usePlace(), picks = picksOf(query), range = rangeNames.includes(query.get('range') as Range) ? (query.get('range') as Range) : 'all', scale = query.get('scale') ?? '';
  const from = useMemo(() => (ranges[range] ? Date.now() - ranges[range] : null), [range]);
  const { lines, error, loading, again, connected, same } = useLines(picks, from);
  const shown = useMemo(() => (scale === 'index' ? lines.map(indexed) : lines), [lines, scale]);
  const last = shown[0]?.points.at(-1), some = shown.some((l) => l.points.length);
  return (
    <>
      <h1><Text k="history.title" /></h1>
      <p className="lead"><Text k="history.lead" /></p>
      <Adder onAdd={(pick) => show([...picks.filter((p) => p.id !== pick.id || p.attribute !== pick.attribute), pick].slice(-most), range, scale)} />
      {picks.length === 0 ? <Empty title={<Text k="history.none" />}><p><Text k="history.none.do" /></p></Empty> : (
        <>
          <ul className="chips">
            {picks.map((p, i) => <li key={`${p.id} ${p.attribute}`}><Link to={entityAddress(p.id)}>{lines[i]?.name ?? named('attribute', p.attribute)}</Link> <button type="button" className="small" aria-label={t('history.remove', { name: lines[i]?.name ?? '' })} onClick={() => show(picks.filter((_, n) => n !== i), range, scale)}>×</button></li>)}
          </ul>
          <div className="tools">
            <Field label={<Text k="history.range" />}><select value={range} onChange={(e) => show(picks, e.target.value, scale)}>{rangeNames.map((r) => <option key={r} value={r}>{t(`history.range.${r}`)}</option>)}</select></Field>
            {picks.length > 1 && <label className="check"><input type="checkbox" checked={scale === 'index'} onChange={(e) => show(picks, range, e.target.checked ? 'index' : '')} /> <Text k="history.index" /></label>}
            <span className="state"><span className={connected ? 'dot good' : 'dot'} /> <Text k={connected ? 'live.on' : 'live.off'} /></span>
          </div>
          {error ? <Failure error={error} again={again} /> : loading ? <Loading /> : !some ? <Empty title={<Text k="history.empty" />}><p><Text k="history.empty.do" /></p></Empty> : (
            <div className="two wide-left">
              <section className="card" aria-label={t('history.title')}>
                {same && <h2><Name kind="attribute" name={picks[0]!.attribute} /></h2>}
                <Chart lines={shown} label={last ? t('chart.label', { name: shown[0]!.name, n: shown[0]!.points.length, value: withUnit(last.v, shown[0]!.unit) }) : t('history.empty')} />
                {shown.some((l) => l.points.some((p) => p.low !== undefined)) && <p className="note"><Text k="chart.periods" /></p>}
              </section>
              <section aria-labelledby="values-title"><h2 id="values-title"><Text k="chart.table" /></h2><ValueTable lines={shown} /></section>
            </div>
          )}
          {lines[0] && <TryLine pick={picks[0]!} line={lines[0]} />}
          <section className="card" aria-labelledby="call-title">
            <h2 id="call-title"><Text k="entity.call.title" /></h2>
            <CopyLine text={picks.map((p) => `curl -s '${location.origin}${withQuery(`${api}/temporal/entities/${p.id}`, { attrs: p.attribute, format: 'temporalValues' })}'`).join('\n')} />
          </section>
        </>
      )}
    </>
  );
}

/** Type, entity, number: in this order, each narrowing the next. */
function Adder({ onAdd }: { onAdd: (pick: Pick) => void }) {
  const types = useTypes(), [type, setType] = useState(''), [text, setText] = useState(''), [id, setId] = useState(''), [attribute, setAttribute] = useState('');
  const chosenType = type || types.data?.find((i) => i.typeName === 'Municipality')?.typeName || types.data?.[0]?.typeName || '';
  const q = text.trim() && `name~="${pattern(text.trim())}"`;
  const path = withQuery(`${api}/entities`, { type: chosenType, q: q || undefined, format: 'simplified', limit: mostChoices, ...(chosenType === 'Municipality' && { orderBy: 'municipalityCode' }) });
  const found = useAnswer(chosenType ? path : null, (signal) => get<Entity[]>(path, signal).then((a) => a.data));
  const entities = found.data ?? [], entity = entities.find((e) => e.id === id) ?? entities[0];
  const numbers = entity ? Object.keys(entity).filter((k) => numberOf(entity[k]) !== null) : [], chosen = numbers.includes(attribute) ? attribute : numbers[0];
  return (
    <form className="card tools" aria-label={t('history.add')} onSubmit={(e) => { e.preventDefault(); if (entity && chosen) onAdd({ id: entity.id, attribute: chosen }); }}>
      <Field label={<Text k="type" />}><select value={chosenType} onChange={(e) => { setType(e.target.value); setId(''); }}>{types.data?.map((i) => <option key={i.typeName} value={i.typeName}>{named('type', i.typeName)}</option>)}</select></Field>
      <Field label={<Text k="history.find" />}><input type="search" value={text} onChange={(e) => setText(e.target.value)} autoComplete="off" /></Field>
      <Field label={<Text k="history.entity" />}><select value={entity?.id ?? ''} onChange={(e) => setId(e.target.value)}>{entities.map((e) => <option key={e.id} value={e.id}>{titleOf(e)}</option>)}</select></Field>
      <Field label={<Text k="history.attribute" />}><select value={chosen ?? ''} onChange={(e) => setAttribute(e.target.value)}>{numbers.map((n) => <option key={n} value={n}>{named('attribute', n)}</option>)}</select></Field>
      <button type="submit" className="primary" disabled={!chosen}><Text k="history.add" /></button>
      {found.error ? <Failure error={found.error} again={found.again} /> : entity && !chosen && <p className="notice"><Text k="history.nonumbers" values={{ name: titleOf(entity) }} /></p>}
      {types.error && <Failure error={types.error} again={types.again} />}
      <span className="hidden-text"><Name kind="type" name={chosenType} /></span>
    </form>
  );
}
