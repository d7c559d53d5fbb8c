// What is near a place.
import { api, get, withQuery } from '../../api/client';
import { type Entity, type Position, distance, positionOf } from '../../api/entity';

export interface Near {
  entity: Entity;
  metres: number;
}

/** The `limit` nearest of these types within `radius` metres, the nearest first. */
export async function nearby(types: string[], at: Position, radius: number, limit: number, signal?: AbortSignal): Promise<Near[]> {
  const coordinates = JSON.stringify(at.map((n) => Math.round(n * 1e5) / 1e5));
  const { data } = await get<Entity[]>(withQuery(`${api}/entities`, {
    type: types.join(','), georel: `near;maxDistance==${radius}`, geometry: 'Point', coordinates, orderBy: 'location;dist-asc', orderFrom: coordinates, limit, format: 'simplified',
  }), signal);
  return data.map((entity) => ({ entity, metres: distance(at, positionOf(entity) ?? at) }));
}

export const here = (): Promise<Position> =>
  new Promise((resolve, reject) =>
    navigator.geolocation
      ? navigator.geolocation.getCurrentPosition((p) => resolve([p.coords.longitude, p.coords.latitude]), reject, { timeout: 15_000, maximumAge: 60_000 })
      : reject(new Error('geolocation')),
  );
