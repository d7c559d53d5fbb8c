// What is near a place, and where an address is.
import { api, get, withQuery } from './client';
import { type Entity, type Position, distance, positionOf, valueText } from './entity';
import { calls, fold, pattern } from './search';
import { municipalities } from './region';

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

export interface Located {
  position: Position;
  /** What was found there: an address, a name. */
  from: string;
}

/** `address` and what is left of it when numbers are cut from its end: 北1条西2丁目 → 北1条西2 → 北1条西 → 北1条 → 北1 → 北. */
export function shorter(address: string, most = 6): string[] {
  const ends = [...address.matchAll(/\d+/g)].flatMap((m) => [m.index, m.index + m[0].length]).reverse();
  return [...new Set([address, ...ends.map((end) => address.slice(0, end).replace(/[-‐−ー]$/, ''))])].filter((part) => part.length > 1).slice(0, most);
}

/**
 * Where an address is, from what is known: the place whose address or name has all its words, as much of them as can be found; else the
 * municipality it names. `municipality`: only places of this one.
 */
export async function locate(text: string, municipality = ''): Promise<Located | null> {
  const places = await municipalities(), words = text.normalize('NFKC').trim().split(/[\s,、]+/).filter(Boolean);
  // The name may stand alone or, in an address, be followed by the rest at once.
  const named = places.map((m) => ({ m, name: valueText(m.name) })).find(({ m, name }) => words.some((w) => w.startsWith(name) || calls(fold(w), m)));
  const rest = words.map((w) => (!named ? w : w.startsWith(named.name) ? w.slice(named.name.length) : calls(fold(w), named.m) ? '' : w)).filter(Boolean);
  const within = municipality || named?.m.id, last = rest.pop();
  // In an address the rest follows the name at once: 函館市本町 is not 函館市榎本町.
  const whole = named && last !== undefined && words.at(-1) === named.name + last ? named.name : '';
  for (const end of last === undefined ? [] : shorter(last).flatMap((e) => (whole ? [whole + e, e] : [e]))) {
    const said = [...rest, end].map((w) => `(address~="${pattern(w)}"|name~="${pattern(w)}")`);
    const q = [...(within ? [`refMunicipality=="${within}"`] : []), ...said].join(';');
    const { data } = await get<Entity[]>(withQuery(`${api}/entities`, { q, limit: 10, format: 'simplified' }));
    const found = data.find(positionOf);
    if (found) return { position: positionOf(found)!, from: valueText(found.address) || valueText(found.name) };
  }
  const position = named && (!municipality || municipality === named.m.id) && positionOf(named.m);
  return position ? { position, from: named.name } : null;
}
