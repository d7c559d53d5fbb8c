// The municipalities behind an indicator: the part of each in a ratio or a sum, or who is counted; as a map and as a table.
import { useMemo, useState } from 'react';
import { numberOf, valueText } from '../../api/entity';
import { type Definition, type Indicator, type Term, listOf } from '../../api/plan';
import { type Municipality, useMunicipalities } from '../../api/region';
import { api, get, withQuery } from '../../api/client';
import { useAnswer } from '../../api/useAnswer';
import { entityAddress, go } from '../../app/route';
import { aside, t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { MapView, usePalette } from '../../map/MapView';
import { classCount, classOf, classesOf } from '../../map/classes';
import { useLand } from '../../map/land';
import { rampOf } from '../../map/palette';
import { Failure, Loading } from '../../ui/parts';
import { Legend } from '../map/Legend';
import { MapTable } from '../map/MapTable';

const attributesOf = (term: Term | Definition | undefined): string[] => (term?.attribute === undefined ? [] : Array.isArray(term.attribute) ? term.attribute : [term.attribute]);
const ofMunicipalities = (term: Term | Definition | undefined) => term?.type === 'Municipality' && term.aggregate === 'sum';

/** Can it be shown by municipality? */
export const hasMap = ({ definition }: Indicator): boolean => Boolean(definition && (ofMunicipalities(definition.numerator ?? definition) || definition.aggregate === 'distinct'));

/** Of each municipality its own value. */
async function valuesOf({ definition, digits }: Indicator, list: Municipality[], signal: AbortSignal): Promise<Map<string, number>> {
  const values = new Map<string, number>();
  if (!definition) return values;
  if (definition.aggregate === 'distinct') {
    const names = attributesOf(definition), known = new Set(list.map((m) => m.id));
    const { data } = await get<Record<string, unknown>[]>(withQuery(`${api}/entities`, { type: definition.type, q: definition.q, pick: `id,${names.join()}`, limit: 100_000 }), signal);
    for (const entity of data) {
      const found = names.map((n) => listOf(entity[n]).flatMap((a) => (Array.isArray(a.object) ? a.object : [a.object ?? ''])).filter((id) => known.has(id))).find((l) => l.length);
      for (const id of found ?? []) values.set(id, (values.get(id) ?? 0) + 1);
    }
    return values;
  }
  const above = attributesOf(definition.numerator ?? definition)[0] ?? '', below = attributesOf(definition.denominator)[0];
  const factor = definition.factor ?? 1, round = 10 ** Math.max(digits, 1);
  for (const m of list) {
    const a = numberOf(m[above]), b = below ? numberOf(m[below]) : 1;
    if (a !== null && b) values.set(m.id, Math.round((a / b) * factor * round) / round);
  }
  return values;
}

export function IndicatorMap({ indicator }: { indicator: Indicator }) {
  const places = useMunicipalities(), list = useMemo(() => places.data ?? [], [places.data]), palette = usePalette(), land = useLand(list);
  const found = useAnswer(list.length ? `${indicator.id} ${indicator.shown?.at} ${list.length}` : null, (signal) => valuesOf(indicator, list, signal));
  const [chosen, setChosen] = useState<string | null>(null);
  const values = useMemo(() => found.data ?? new Map<string, number>(), [found.data]), classes = useMemo(() => classesOf([...values.values()]), [values]);
  const fill = useMemo(() => {
    const ramp = rampOf(palette, classCount(classes));
    return new Map([...values].map(([id, v]) => [id, ramp[classOf(classes, v)]!]));
  }, [values, classes, palette]);
  const title = indicator.definition?.aggregate === 'distinct' ? t('plan.map.datasets') : `${indicator.name}${aside(indicator.unit)}`;
  const rows = useMemo(() => list.map((m) => ({ id: m.id, name: valueText(m.name), value: values.get(m.id) })), [list, values]);
  if (places.error || found.error) return <Failure error={(places.error ?? found.error)!} again={places.error ? places.again : found.again} />;
  if (!found.data) return <Loading />;
  return (
    <div className="map-and-table">
      <div>
        <MapView land={land} fill={fill} chosen={chosen} label={t('map.label', { n: list.length })} onChoose={(ids) => ids[0] && (ids[0] === chosen ? go(entityAddress(ids[0])) : setChosen(ids[0]))} />
        <Legend title={title} classes={classes} palette={palette} lacking={list.length - values.size} />
        <p className="note"><Text k={land.some((l) => l.rings) ? 'map.source' : 'map.note'} /></p>
      </div>
      <MapTable rows={rows} valueTitle={title} chosen={chosen} onChoose={setChosen} />
    </div>
  );
}
