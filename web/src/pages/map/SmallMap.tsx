// Where one thing is.
import { useMemo } from 'react';
import type { Position } from '../../api/entity';
import type { Municipality } from '../../api/region';
import { MapView } from '../../map/MapView';
import { useLand } from '../../map/land';
import { type Spot, project } from '../../map/projection';

export default function SmallMap({ list, id, name, position, label, onChoose }: { list: Municipality[]; id: string; name: string; position: Position; label: string; onChoose: (id: string) => void }) {
  const land = useLand(list), own = land.find((l) => l.cell.id === id);
  const key = position.join(), at = useMemo(() => project(position), [key]);
  const marks = useMemo(() => (own ? [] : [{ id, name, at, layer: 0 }]), [own, id, name, at]);
  const focus = useMemo<Spot[]>(() => {
    const reach = own ? 60 : 8;
    return [[at[0] - reach, at[1] - reach], [at[0] + reach, at[1] + reach]];
  }, [own, at]);
  return <div className="small-map"><MapView land={land} marks={marks} chosen={id} focus={focus} label={label} onChoose={(ids) => ids[0] && ids[0] !== id && onChoose(ids[0])} /></div>;
}
