// Points of networks and how far they reach: blue works, red is out.
import { useMemo } from 'react';
import type { Position } from '../../api/entity';
import { type Coverage, type NetworkPoint, type PointState, pointStates } from '../../api/networks';
import { type Municipality, useMunicipalities } from '../../api/region';
import { t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { MapView, usePalette } from '../../map/MapView';
import { useLand } from '../../map/land';
import { project } from '../../map/projection';
import { Loading } from '../../ui/parts';
import { nameOf } from './Networks';

interface Props {
  points: NetworkPoint[];
  reach: Coverage['features'];
  chosen: string[];
  onChoose: (ids: string[]) => void;
}
const layers: Record<PointState, number> = { working: 0, outOfService: 1, unknown: 5 };

export default function NetworkMap(props: Props) {
  const places = useMunicipalities();
  return places.data ? <Drawn list={places.data} {...props} /> : <Loading />;
}

function Drawn({ list, points, reach, chosen, onChoose }: Props & { list: Municipality[] }) {
  const land = useLand(list), palette = usePalette();
  const marks = useMemo(() => points.flatMap((p) => (p.location ? [{ id: p.id, name: nameOf(p), at: project(p.location.coordinates), layer: layers[p.status] }] : [])), [points]);
  const areas = useMemo(() => reach.map(({ geometry, properties }) => ({
    colour: palette.layers[layers[properties.status]]!,
    rings: (geometry.type === 'Polygon' ? geometry.coordinates : geometry.coordinates.flat()).map((ring: Position[]) => ring.map(project)),
  })), [reach, palette]);
  return (
    <div>
      <MapView land={land} marks={marks} areas={areas} chosen={chosen.length === 1 ? chosen[0]! : null} label={t('map.label', { n: marks.length })} onChoose={onChoose} />
      <ul className="legend-row" aria-label={t('devices.map.legend')}>
        {pointStates.map((s) => {
          const fill = palette.layers[layers[s]]!;
          return <li key={s}><svg viewBox="-16 -8 32 16" width="34" height="18" aria-hidden="true"><rect x="-15" y="-7" width="30" height="14" rx="4" fill={fill} opacity=".3" />{layers[s] % 3 === 0 ? <circle r="6" fill={fill} /> : layers[s] % 3 === 1 ? <rect x="-5.5" y="-5.5" width="11" height="11" fill={fill} /> : <path d="M0-7L6.500 5.500H-6.500z" fill={fill} />}</svg><Text k={`networks.status.${s}`} /></li>;
        })}
        <li className="note"><Text k="networks.area" /></li>
      </ul>
    </div>
  );
}
