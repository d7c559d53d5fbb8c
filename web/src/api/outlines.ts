// The official outlines of the municipalities, where the graph has them. They are large and seldom change: kept in the browser for a day.
import { useAnswer } from './useAnswer';
import { request, withQuery, api } from './client';
import { type Entity, type Position } from './entity';

export interface Outline extends Entity {
  /** Polygons of rings of positions; the first ring is the outer one. */
  boundary: { type: 'Polygon'; coordinates: Position[][] } | { type: 'MultiPolygon'; coordinates: Position[][][] };
}

const place = withQuery(`${api}/entities`, { type: 'Municipality,AdministrativeArea', q: 'boundary', pick: 'id,type,name,boundary', format: 'simplified', limit: 2000 });
const kept = 'outlines', day = 86400e3, at = 'Tsunagu-Kept-At';

async function remembered(): Promise<Outline[] | null> {
  const found = await (await caches.open(kept)).match(place);
  if (!found || Date.now() - Number(found.headers.get(at)) > day) return null;
  return (await found.json()) as Outline[];
}

async function ask(): Promise<Outline[]> {
  const body = await (await request(place)).text(), list = JSON.parse(body) as Outline[];
  if (list.length && typeof caches !== 'undefined') {
    await (await caches.open(kept)).put(place, new Response(body, { headers: { [at]: String(Date.now()) } })).catch(() => undefined);
  }
  return list;
}

let known: Promise<Outline[]> | undefined;
export function outlines(): Promise<Outline[]> {
  known ??= (typeof caches === 'undefined' ? Promise.resolve(null) : remembered().catch(() => null)).then((list) => list ?? ask()).catch((error: unknown) => {
    known = undefined; // the next one asks again
    throw error;
  });
  return known;
}

/** Undefined until they are there; empty when the graph has none. */
export const useOutlines = () => useAnswer('outlines', outlines);
