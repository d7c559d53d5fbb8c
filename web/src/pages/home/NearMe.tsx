// The nearest places: from where the device is, or from a municipality's office.
import { useState } from 'react';
import { type Position, distanceText, positionOf, valueText } from '../../api/entity';
import { here, nearby } from '../../api/near';
import { type TypeInfo, useMunicipalities, useTypes } from '../../api/region';
import { useAnswer } from '../../api/useAnswer';
import { Link, address } from '../../app/route';
import { t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { MunicipalityChoice } from '../../ui/MunicipalityChoice';
import { Empty, EntityLink, Failure, Loading } from '../../ui/parts';

const radius = 20_000;

/** Somewhere to go: not a whole municipality, and not something that happened once. */
const isPlace = ({ typeName, attributeDetails }: TypeInfo) => {
  const has = (name: string) => attributeDetails.some((a) => a.attributeName === name);
  return has('location') && !has('dateObserved') && !/^(Municipality|Subprefecture)$/.test(typeName);
};

export function NearList({ at, only }: { at: Position; only?: (type: string) => boolean }) {
  const types = useTypes();
  const places = types.data?.filter((i) => isPlace(i) && (!only || only(i.typeName))).map((i) => i.typeName);
  const found = useAnswer(places ? `near ${at.join()} ${places.join()}` : null, (signal) => (places?.length ? nearby(places, at, radius, 8, signal) : Promise.resolve([])));
  if (!found.data) return found.error ? <Failure error={found.error} again={found.again} /> : <Loading />;
  if (!found.data.length) return <Empty title={<Text k="near.none" />}><p><Text k="near.none.do" /></p></Empty>;
  return (
    <>
      <ol className="list near-list">
        {found.data.map(({ entity, metres }) => <li key={entity.id}><span><EntityLink entity={entity} /></span><span className="side">{distanceText(metres)}</span></li>)}
      </ol>
      <p><Link to={address('/map', { type: places?.join(','), at: at.map((n) => n.toFixed(4)).join() })}><Text k="near.map" /></Link></p>
    </>
  );
}

export function NearMe() {
  const [at, setAt] = useState<Position | null>(null), [state, setState] = useState<'' | 'asking' | 'refused'>(''), [place, setPlace] = useState('');
  const places = useMunicipalities();
  const locate = () => {
    setState('asking');
    here().then((position) => (setAt(position), setPlace(''), setState('')), () => setState('refused'));
  };
  const choose = (id: string) => {
    setPlace(id);
    setState('');
    const found = places.data?.find((m) => m.id === id);
    setAt(found ? positionOf(found) : null);
  };
  return (
    <section className="card" aria-labelledby="near-title">
      <h2 id="near-title"><Text k="near.title" /></h2>
      <p><Text k="near.lead" /></p>
      <div className="tools">
        <button type="button" onClick={locate} disabled={state === 'asking'}><Text k="near.locate" /></button>
        <MunicipalityChoice value={place} onChange={choose} none={t('choose')} />
      </div>
      {state === 'asking' && <Loading />}
      {state === 'refused' && <p className="notice" role="alert"><Text k="near.refused" /></p>}
      {at && place && <p className="note"><Text k="near.office" values={{ name: valueText(places.data?.find((m) => m.id === place)?.name) }} /></p>}
      {at && <NearList at={at} />}
    </section>
  );
}
