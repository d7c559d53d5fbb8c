// The rows that have a place, on the map; and the nearest ones to an address.
import { Suspense, lazy, useMemo, useState } from 'react';
import { type Distribution, type Place, points, textOf } from '../../api/datasets';
import { distance, distanceText } from '../../api/entity';
import type { Located } from '../../api/near';
import { useMunicipalities } from '../../api/region';
import { useAnswer } from '../../api/useAnswer';
import { Text } from '../../i18n/Text';
import { PlaceForm } from '../../ui/PlaceForm';
import { Failure, Loading } from '../../ui/parts';
import { columnName } from './columnName';

const PlacesMap = lazy(() => import('./PlacesMap'));
/** More are loaded only when somebody asks for them. */
const atOnce = 20_000, nearest = 10;
const addressColumn = /^(住所|所在地.*|address)$/i; // i18n-exempt

export function Points({ distribution }: { distribution: Distribution }) {
  const [wanted, setWanted] = useState((distribution.rows ?? 0) <= atOnce), [from, setFrom] = useState<Located | null>(null), [chosen, setChosen] = useState<number | null>(null);
  const found = useAnswer(wanted ? `points ${distribution.id}` : null, (signal) => points(distribution.id, signal)), places = useMunicipalities();
  const near = useMemo(() => (from && found.data ? found.data.map((place, i) => ({ place, i, metres: distance(from.position, place.at) })).sort((a, b) => a.metres - b.metres).slice(0, nearest) : []), [from, found.data]);
  const focus = useMemo(() => (from ? [from.position, ...near.slice(0, 5).map((n) => n.place.at)] : found.data?.map((p) => p.at)), [from, near, found.data]);
  if (found.data && !found.data.length) return null;
  const row = chosen === null ? undefined : found.data?.[chosen];
  return (
    <section className="card" aria-labelledby="points-title">
      <h2 id="points-title"><Text k="dataset.map.title" /></h2>
      {!wanted ? <button type="button" onClick={() => setWanted(true)}><Text k="dataset.map.load" values={{ n: distribution.rows ?? 0 }} /></button> : !found.data || !places.data ? found.error ? <Failure error={found.error} again={found.again} /> : <Loading /> : (
        <>
          <p><Text k="near.lead" /></p>
          <PlaceForm onPlace={(place) => { setFrom(place); setChosen(null); }} />
          <div className={from || row ? 'two wide-left' : undefined}>
            <Suspense fallback={<Loading />}><PlacesMap list={places.data} places={found.data} here={from ?? undefined} focus={focus} chosen={chosen} onChoose={setChosen} /></Suspense>
            {(from || row) && (
              <div>
                {row && <Details place={row} live={distribution.kind === 'query'} onClose={() => setChosen(null)} />}
                {from && (
                  <>
                    <p className="note" role="status"><Text k="refuge.from" values={{ name: from.from }} /></p>
                    <ol className="list near-list">
                      {near.map(({ place, i, metres }) => <li key={i}><span><button type="button" className="link" onClick={() => setChosen(i)}>{place.name}</button><Address place={place} /></span><span className="side">{distanceText(metres)}</span></li>)}
                    </ol>
                  </>
                )}
              </div>
            )}
          </div>
        </>
      )}
    </section>
  );
}

function Address({ place }: { place: Place }) {
  const column = Object.keys(place.row).find((c) => addressColumn.test(c)), text = column && textOf(place.row[column]);
  return text ? <small className="block">{text}</small> : null;
}

function Details({ place, live, onClose }: { place: Place; live: boolean; onClose: () => void }) {
  return (
    <aside className="details" aria-labelledby="place-title">
      <button type="button" className="small close" onClick={onClose}><Text k="action.close" /></button>
      <h3 id="place-title">{place.name}</h3>
      <dl className="facts">{Object.entries(place.row).map(([column, value]) => [column, textOf(value)] as const).filter(([, text]) => text && !/^urn:/.test(text)).map(([column, text]) => <div key={column}><dt>{live ? columnName(column) : column}</dt><dd>{text}</dd></div>)}</dl>
    </aside>
  );
}
