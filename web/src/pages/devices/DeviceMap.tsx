// Where devices are, and how: the colour is the status.
import { useMemo, useState } from 'react';
import { type Entity, positionOf, titleOf } from '../../api/entity';
import { useMunicipalities } from '../../api/region';
import { type Device, type Status, statuses } from '../../api/things';
import { Link } from '../../app/route';
import { t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { MapView, usePalette } from '../../map/MapView';
import { useLand } from '../../map/land';
import { project } from '../../map/projection';
import { Loading } from '../../ui/parts';
import { Simulated } from '../../ui/Simulated';
import { State, deviceAddress } from './Devices';

const layers: Record<Status, number> = { online: 0, registered: 1, late: 2, silent: 3, outOfRange: 4 };

export default function DeviceMap({ devices, entities }: { devices: Device[]; entities: Map<string, Entity> }) {
  const places = useMunicipalities();
  return places.data ? <Drawn list={places.data} devices={devices} entities={entities} /> : <Loading />;
}

function Drawn({ list, devices, entities }: { list: NonNullable<ReturnType<typeof useMunicipalities>['data']>; devices: Device[]; entities: Map<string, Entity> }) {
  const land = useLand(list), [chosen, setChosen] = useState<string[]>([]);
  const marks = useMemo(() => devices.flatMap((d) => {
    // A bus moves; the gauge on it was where it was put on.
    const entity = entities.get(d.id), asset = d.asset && entities.get(d.asset), at = (asset && positionOf(asset)) ?? (entity && positionOf(entity));
    return entity && at ? [{ id: d.id, name: titleOf(entity), at: project(at), layer: layers[d.status] ?? 1 }] : [];
  }), [devices, entities]);
  const found = chosen.map((id) => devices.find((d) => d.id === id)).filter((d): d is Device => !!d);
  return (
    <>
      <MapView land={land} marks={marks} chosen={chosen[0] ?? null} label={t('map.label', { n: marks.length })} onChoose={setChosen} />
      <ul className="legend-row" aria-label={t('devices.map.legend')}>
        {statuses.map((s) => <li key={s}><Shape layer={layers[s]} /><Text k={`device.status.${s}`} /></li>)}
      </ul>
      {found.length > 0 && (
        <ul className="list" aria-label={t('devices.map.chosen')}>
          {found.slice(0, 20).map((d) => <li key={d.id}><span><Link to={deviceAddress(d.id)}>{titleOf(entities.get(d.id) ?? { id: d.id, type: 'Device' })}</Link> <Simulated when={d.simulated} /></span><State status={d.status} /></li>)}
        </ul>
      )}
    </>
  );
}

/** A mark as the map draws it. */
function Shape({ layer }: { layer: number }) {
  const fill = usePalette().layers[layer];
  return (
    <svg viewBox="-8 -8 16 16" width="18" height="18" aria-hidden="true">
      {layer % 3 === 0 ? <circle r="6.5" fill={fill} /> : layer % 3 === 1 ? <rect x="-6" y="-6" width="12" height="12" fill={fill} /> : <path d="M0-7L7 6H-7z" fill={fill} />}
    </svg>
  );
}
