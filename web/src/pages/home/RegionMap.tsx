// The municipalities, coloured by how many people live there. The map page shows more.
import { Suspense, lazy } from 'react';
import { useMunicipalities } from '../../api/region';
import { Link } from '../../app/route';
import { Text } from '../../i18n/Text';
import { Failure, Loading } from '../../ui/parts';

const PopulationMap = lazy(() => import('../map/PopulationMap'));

export function RegionMap() {
  const places = useMunicipalities();
  if (places.data && !places.data.length) return null;
  return (
    <section className="card" aria-labelledby="home-map-title">
      <h2 id="home-map-title"><Text k="home.map" /></h2>
      {!places.data ? places.error ? <Failure error={places.error} again={places.again} /> : <Loading /> : <Suspense fallback={<Loading />}><PopulationMap list={places.data} /></Suspense>}
      <p><Link to="/map" className="button"><Text k="home.map.more" /></Link></p>
    </section>
  );
}
