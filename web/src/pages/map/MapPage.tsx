// The map: municipalities coloured by a number now or in the past, any kind of entity as points, and the same as a table.
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { numberOf, titleOf, valueText } from '../../api/entity';
import { allSeries } from '../../api/history';
import { useLive } from '../../api/live';
import { useMunicipalities, useTypes } from '../../api/region';
import { useAnswer } from '../../api/useAnswer';
import { change, usePlace } from '../../app/route';
import { aside, isNamed, named, t } from '../../i18n/text';
import { Name, Text } from '../../i18n/Text';
import { MapView, usePalette } from '../../map/MapView';
import { classCount } from '../../map/classes';
import { useLand } from '../../map/land';
import { rampOf } from '../../map/palette';
import { type Spot, project } from '../../map/projection';
import { MunicipalityChoice } from '../../ui/MunicipalityChoice';
import { Empty, Failure, Field, Loading } from '../../ui/parts';
import { Details } from './Details';
import { Legend, Swatch } from './Legend';
import { MapTable } from './MapTable';
import { TimeSlider } from './TimeSlider';
import { type Per, classesFor, fills, pers, timesOf, valuesAt } from './colours';
import { loadLayer, marksOf } from './layers';

const list = (text: string | null) => (text ? text.split(',').filter(Boolean) : []);

export default function MapPage() {
  const { query } = usePlace(), places = useMunicipalities(), types = useTypes(), palette = usePalette();
  const layerTypes = list(query.get('type')), municipality = query.get('municipality') ?? '', start = query.get('at');
  const numeric = useMemo(() => Object.keys(places.data?.[0] ?? {}).filter((k) => numberOf(places.data?.[0]?.[k]) !== null).sort(), [places.data]);
  const askedColour = query.get('colour') ?? (layerTypes.length ? '' : 'population'), colour = numeric.includes(askedColour) ? askedColour : '';
  const per = (pers.includes(query.get('per') as Per) ? query.get('per') : '') as Per, wantsPast = query.get('past') === 'yes' && Boolean(colour);
  const [chosen, setChosen] = useState<string[]>([]), [at, setAt] = useState<number | null>(null), [table, setTable] = useState('');

  const layers = useAnswer(layerTypes.length ? `${layerTypes.join()} ${municipality}` : null, (signal) => Promise.all(layerTypes.map((type) => loadLayer(type, municipality, signal))));
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const soon = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = setTimeout(layers.again, 1500); // however many changes come
  }, [layers.again]);
  useEffect(() => () => clearTimeout(timer.current), []);
  useLive(layerTypes.length ? `type=${layerTypes.map(encodeURIComponent).join()}&pick=id,location,name,refMunicipality` : null, soon, layers.again);

  const past = useAnswer(wantsPast ? `past ${colour} ${per}` : null, async (signal) => {
    const [of, by] = await Promise.all([allSeries('Municipality', colour, signal), per ? allSeries('Municipality', per, signal) : undefined]);
    return { of, by, times: timesOf(of) };
  });
  const times = useMemo(() => (wantsPast ? past.data?.times ?? [] : []), [wantsPast, past.data]);
  const time = times.length ? (at !== null && times.includes(at) ? at : times.at(-1)!) : null;

  const municipalities = useMemo(() => places.data ?? [], [places.data]);
  const source = useMemo(() => ({ attribute: colour, per: per === colour ? '' : per, past: past.data?.of, pastOfPer: past.data?.by }) as const, [colour, per, past.data]);
  const values = useMemo(() => (colour ? valuesAt(municipalities, source, time) : new Map<string, number>()), [colour, municipalities, source, time]);
  const classes = useMemo(() => classesFor(colour ? municipalities : [], source, times), [colour, municipalities, source, times]);
  const fill = useMemo(() => fills(values, classes, rampOf(palette, classCount(classes))), [values, classes, palette]);
  const land = useLand(municipalities), outlined = land.some((l) => l.rings);
  const shownLayers = useMemo(() => (layerTypes.length ? layers.data ?? [] : []), [layerTypes.length, layers.data]);
  const marks = useMemo(() => marksOf(shownLayers), [shownLayers]);
  const names = useMemo(() => new Map([...land.map((l) => [l.cell.id, l.name] as const), ...marks.map((m) => [m.id, m.name] as const)]), [land, marks]);
  const focus = useMemo<Spot[] | undefined>(() => {
    const [lon, lat] = (start ?? '').split(',').map(Number);
    if (lon && lat) {
      const [x, y] = project([lon, lat]);
      return [[x - 5, y - 5], [x + 5, y + 5]];
    }
    const cell = municipality && land.find((l) => l.cell.id === municipality)?.cell;
    return cell ? cell.ring : undefined;
  }, [start, municipality, land]);

  const measure = source.per ? t(source.per === 'population' ? 'map.per.population' : 'map.per.area') : isNamed('measure', colour) ? named('measure', colour) : '';
  const valueTitle = colour ? named('attribute', colour) + (measure && aside(measure)) : undefined;
  const tables = [...(municipalities.length ? ['Municipality'] : []), ...shownLayers.map((l) => l.type)];
  const shownTable = tables.includes(table) ? table : tables.at(-1);
  const rows = useMemo(() => {
    if (shownTable === 'Municipality') return municipalities.map((m) => ({ id: m.id, name: valueText(m.name), value: values.get(m.id) }));
    const layer = shownLayers.find((l) => l.type === shownTable);
    return (layer?.entities ?? []).map((e) => ({ id: e.id, name: titleOf(e), side: names.get(String(e.refMunicipality ?? '')) }));
  }, [shownTable, municipalities, values, shownLayers, names]);
  const choose = useCallback((ids: string[]) => setChosen(ids), []);
  const onTime = useCallback((next: number) => setAt(next), []);
  const toggle = (type: string, on: boolean) => change({ type: (on ? [...layerTypes, type] : layerTypes.filter((n) => n !== type)).join(','), colour: colour || undefined });
  const located = types.data?.filter((i) => i.typeName !== 'Municipality' && i.attributeDetails.some((a) => a.attributeName === 'location')) ?? [];

  if (!places.data) return <><h1><Text k="map.title" /></h1>{places.error ? <Failure error={places.error} again={places.again} /> : <Loading />}</>;
  if (!places.data.length && types.data && !located.length) return <><h1><Text k="map.title" /></h1><Empty title={<Text k="counts.none" />}><p><Text k="counts.none.do" /></p></Empty></>;
  return (
    <>
      <h1><Text k="map.title" /></h1>
      <div className="map-tools">
        <fieldset>
          <legend><Text k="map.colours" /></legend>
          <div className="tools">
            <Field label={<Text k="map.number" />}>
              <select value={colour} onChange={(e) => change({ colour: e.target.value || 'none', past: undefined })}>
                <option value="">{t('map.plain')}</option>
                {numeric.map((a) => <option key={a} value={a}>{named('attribute', a)}</option>)}
              </select>
            </Field>
            {colour && <Field label={<Text k="map.per" />}>
              <select value={source.per} onChange={(e) => change({ colour, per: e.target.value })}>
                {pers.filter((p) => p !== colour).map((p) => <option key={p} value={p}>{t(p === '' ? 'map.per.none' : p === 'population' ? 'map.per.population' : 'map.per.area')}</option>)}
              </select>
            </Field>}
            {colour && <label className="check"><input type="checkbox" checked={wantsPast} onChange={(e) => change({ colour, past: e.target.checked ? 'yes' : undefined })} /> <Text k="map.past" /></label>}
          </div>
        </fieldset>
        <fieldset>
          <legend><Text k="map.points" /></legend>
          <div className="tools">
            {located.map((i) => {
              const layer = layerTypes.indexOf(i.typeName);
              return <label key={i.typeName} className="check"><input type="checkbox" checked={layer >= 0} onChange={(e) => toggle(i.typeName, e.target.checked)} /> {layer >= 0 && <Swatch colour={palette.layers[layer % palette.layers.length]!} layer={layer} />}<Name kind="type" name={i.typeName} /></label>;
            })}
            <MunicipalityChoice value={municipality} onChange={(id) => change({ municipality: id, at: undefined, colour: colour || 'none' })} />
          </div>
        </fieldset>
      </div>
      {wantsPast && (past.error ? <Failure error={past.error} again={past.again} /> : !past.data ? <Loading /> : time === null ? <p className="notice"><Text k="map.past.none" /></p> : <TimeSlider times={times} at={time} onChange={onTime} />)}
      {layers.error && <Failure error={layers.error} again={layers.again} />}
      <div className="map-and-table">
        <div>
          <MapView land={land} marks={marks} fill={fill} chosen={chosen.length === 1 ? chosen[0]! : null} focus={focus} label={t('map.label', { n: municipalities.length + marks.length })} onChoose={choose} />
          {colour && <Legend title={valueTitle!} classes={classes} palette={palette} lacking={municipalities.length - values.size} />}
          {municipalities.length > 0 && <p className="note"><Text k={outlined ? 'map.source' : 'map.note'} /></p>}
        </div>
        <div>
          {chosen.length > 0 && <Details ids={chosen} names={names} onChoose={(id) => setChosen([id])} onClose={() => setChosen([])} />}
          <p role="status" className="result-count">{layers.loading ? <Text k="loading" /> : <Text k="map.count" values={{ n: marks.length || municipalities.length }} />}</p>
          {tables.length > 1 && <div className="tabs" role="group" aria-label={t('map.table')}>{tables.map((n) => <button key={n} type="button" aria-pressed={n === shownTable} onClick={() => setTable(n)}><Name kind="type" name={n} /></button>)}</div>}
          <MapTable key={shownTable} rows={rows} valueTitle={shownTable === 'Municipality' ? valueTitle : undefined} sideTitle={shownTable === 'Municipality' ? undefined : t('municipality')} chosen={chosen.length === 1 ? chosen[0]! : null} onChoose={(id) => setChosen([id])} />
        </div>
      </div>
    </>
  );
}
