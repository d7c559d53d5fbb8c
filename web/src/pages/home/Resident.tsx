// For people who live here: their municipality's figures, places to go in an emergency, bears.
import { useState } from 'react';
import { api, get, withQuery } from '../../api/client';
import { type Entity, observedOf, positionOf, valueText } from '../../api/entity';
import type { Located } from '../../api/near';
import { type Municipality, countOf, useMunicipalities } from '../../api/region';
import { useAnswer } from '../../api/useAnswer';
import { Link, address, entityAddress } from '../../app/route';
import { change, useSettings } from '../../app/settings';
import { date, number, t } from '../../i18n/text';
import { Name, Text } from '../../i18n/Text';
import { MunicipalityChoice } from '../../ui/MunicipalityChoice';
import { PlaceForm } from '../../ui/PlaceForm';
import { Empty, Failure, Figure, Loading } from '../../ui/parts';
import { NearList } from './NearMe';

const refuges = ['Shelter', 'EvacuationSite'];
const inPlace = (id: string) => `refMunicipality=="${id}"`;

export default function Resident() {
  const { municipality } = useSettings(), places = useMunicipalities(), mine = places.data?.find((m) => m.id === municipality);
  return (
    <>
      <div className="hero">
        <h1>{mine ? <Text k="resident.heading" values={{ name: valueText(mine.name) }} /> : <Text k="resident.title" />}</h1>
        <p className="lead"><Text k="resident.lead" /></p>
        <MunicipalityChoice value={municipality} onChange={(id) => change({ municipality: id })} none={t('choose')} />
      </div>
      {places.error && <Failure error={places.error} again={places.again} />}
      {mine ? <Mine place={mine} key={mine.id} /> : <Empty title={<Text k="resident.choose" />}><p><Text k="resident.choose.do" /></p></Empty>}
    </>
  );
}

function Mine({ place }: { place: Municipality }) {
  const counts = useAnswer(`counts ${place.id}`, (signal) => Promise.all(refuges.map((type) => countOf({ type, q: inPlace(place.id) }, signal))));
  return (
    <>
      <dl className="figures">
        {['population', 'area', 'myNumberCardsIssued'].filter((a) => typeof place[a] === 'number').map((a) => <Figure key={a} name={<Name kind="attribute" name={a} />} value={<>{valueText(place[a])} <small><Name kind="measure" name={a} /></small></>} />)}
        {refuges.map((type, i) => counts.data && <Figure key={type} name={<Name kind="type" name={type} />} value={counts.data[i] ? <Link to={address('/search', { type, municipality: place.id })}>{number(counts.data[i]!)}</Link> : <Text k="nodata" />} />)}
      </dl>
      <p className="links"><Link to={entityAddress(place.id)} className="button"><Text k="resident.more" /></Link> <Link to={address('/map', { type: refuges.join(','), municipality: place.id })} className="button"><Text k="resident.map" /></Link></p>
      <div className="two">
        <Refuge place={place} />
        <Bears place={place} />
      </div>
    </>
  );
}

/** The nearest shelters: from here, from an address, else from the municipality's office. */
function Refuge({ place }: { place: Municipality }) {
  const [at, setAt] = useState<Located | null>(null), from = at?.position ?? positionOf(place);
  return (
    <section className="card" aria-labelledby="refuge-title">
      <h2 id="refuge-title"><Text k="refuge.title" /></h2>
      <PlaceForm municipality={place.id} onPlace={setAt} />
      <p className="note"><Text k="refuge.from" values={{ name: at?.from ?? t('refuge.office', { name: valueText(place.name) }) }} /></p>
      {from && <NearList at={from} only={(type) => refuges.includes(type)} />}
    </section>
  );
}

function Bears({ place }: { place: Municipality }) {
  const found = useAnswer(`bears ${place.id}`, (signal) =>
    get<Entity[]>(withQuery(`${api}/entities`, { type: 'AnimalSighting', q: inPlace(place.id), orderBy: 'dateObserved;desc', limit: 6, count: 'true', format: 'simplified' }), signal));
  return (
    <section className="card" aria-labelledby="bears-title">
      <h2 id="bears-title"><Text k="bears.title" /></h2>
      {!found.data ? found.error ? <Failure error={found.error} again={found.again} /> : <Loading /> : !found.data.data.length ? <Empty title={<Text k="bears.none" />}><p><Text k="bears.none.do" /></p></Empty> : (
        <>
          <ul className="list">
            {found.data.data.map((e) => <li key={e.id}><span><Link to={entityAddress(e.id)}>{valueText(e.description)}</Link><br /><small>{valueText(e.address)}</small></span><span className="side">{observedOf(e) !== null && date(observedOf(e)!)}</span></li>)}
          </ul>
          <p><Link to={address('/map', { type: 'AnimalSighting', municipality: place.id })}><Text k="bears.map" values={{ n: found.data.count }} /></Link></p>
        </>
      )}
    </section>
  );
}
