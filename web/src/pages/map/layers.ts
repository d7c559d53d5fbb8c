// Entities of a type as points of the map.
import { api, get, withQuery } from '../../api/client';
import { type Entity, positionOf, titleOf } from '../../api/entity';
import type { Mark } from '../../map/engine';
import { project } from '../../map/projection';

const most = 200_000;

export interface Layer {
  type: string;
  entities: Entity[];
}

export async function loadLayer(type: string, municipality: string, signal: AbortSignal): Promise<Layer> {
  const { data } = await get<Entity[]>(withQuery(`${api}/entities`, {
    type, ...(municipality && { q: `refMunicipality=="${municipality}"` }), pick: 'id,name,description,dateObserved,location,refMunicipality,simulated', format: 'simplified', limit: most,
  }), signal);
  return { type, entities: data.map((e) => ({ ...e, type })) };
}

export function marksOf(layers: Layer[]): Mark[] {
  return layers.flatMap(({ entities }, layer) => entities.flatMap((e) => {
    const position = positionOf(e);
    return position ? [{ id: e.id, name: titleOf(e), at: project(position), layer }] : [];
  }));
}
