import { Suspense, lazy, useMemo } from 'react';
import { type Entity, positionOf, titleOf } from '../../api/entity';
import { useMunicipalities } from '../../api/region';
import { entityAddress, go } from '../../app/route';
import { t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { Loading } from '../../ui/parts';

const SmallMap = lazy(() => import('../map/SmallMap'));

export function WhereMap({ entity }: { entity: Entity }) {
  const places = useMunicipalities(), position = useMemo(() => positionOf(entity), [entity]);
  if (!position || !places.data) return null;
  return (
    <section className="card" aria-labelledby="where-title">
      <h2 id="where-title"><Text k="entity.where.title" /></h2>
      <Suspense fallback={<Loading />}><SmallMap list={places.data} id={entity.id} name={titleOf(entity)} position={position} label={t('map.label', { n: 1 })} onChoose={(id) => go(entityAddress(id))} /></Suspense>
    </section>
  );
}
