// Rows on the map of the region; the one that is chosen, and where the person asked from.
import { useCallback, useMemo } from 'react';
import type { Place } from '../../api/datasets';
import type { Position } from '../../api/entity';
import type { Located } from '../../api/near';
import type { Municipality } from '../../api/region';
import { t } from '../../i18n/text';
import { MapView } from '../../map/MapView';
import { useLand } from '../../map/land';
import { project } from '../../map/projection';

interface Props {
  list: Municipality[];
  /** `layer`: its colour and shape, 0 where it says nothing. */
  places: (Place & { layer?: number })[];
  here?: Located;
  /** What to bring into view. */
  focus?: Position[];
  chosen: number | null;
  onChoose: (place: number) => void;
}
const hereLayer = 3;

export default function PlacesMap({ list, places, here, focus, chosen, onChoose }: Props) {
  const land = useLand(list), spots = useMemo(() => focus?.map(project), [focus]);
  const marks = useMemo(() => {
    const rows = places.map(({ name, at, layer = 0 }, i) => ({ id: String(i), name, at: project(at), layer }));
    return here ? [...rows, { id: 'here', name: here.from, at: project(here.position), layer: hereLayer }] : rows;
  }, [places, here]);
  const choose = useCallback((ids: string[]) => {
    const id = ids.find((one) => /^\d+$/.test(one));
    if (id !== undefined) onChoose(Number(id));
  }, [onChoose]);
  return <MapView land={land} marks={marks} chosen={chosen === null ? null : String(chosen)} focus={spots} label={t('map.label', { n: places.length })} onChoose={choose} />;
}
