// The municipalities: known everywhere, so asked for once.
import { type Entity, type Position, distance, positionOf } from './entity';
import { api, get, withQuery } from './client';
import { useAnswer } from './useAnswer';

export interface Municipality extends Entity {
  name: { languageMap: Record<string, string> } | string;
}

let known: Promise<Municipality[]> | undefined;

export function municipalities(): Promise<Municipality[]> {
  known ??= get<Municipality[]>(withQuery(`${api}/entities`, { type: 'Municipality', format: 'simplified', omit: 'boundary', limit: 1000 })).then(
    ({ data }) => data.sort((a, b) => String(a.municipalityCode).localeCompare(String(b.municipalityCode))),
    (error: unknown) => {
      known = undefined; // the next one asks again
      throw error;
    },
  );
  return known;
}

export const useMunicipalities = () => useAnswer('municipalities', municipalities);

export function nearest(list: Municipality[], at: Position): Municipality | undefined {
  let best: Municipality | undefined, metres = Infinity;
  for (const m of list) {
    const place = positionOf(m);
    if (place && distance(place, at) < metres) [best, metres] = [m, distance(place, at)];
  }
  return best;
}

export interface TypeInfo {
  typeName: string;
  entityCount: number;
  attributeDetails: { attributeName: string; attributeTypes: string[] }[];
}

/** Every type there is, with how many there are and what attributes they have; the most frequent first. */
export async function typeInfos(signal?: AbortSignal): Promise<TypeInfo[]> {
  const { data } = await get<{ typeList?: string[] }>(`${api}/types`, signal);
  const infos = await Promise.all((data.typeList ?? []).map(async (name) => (await get<TypeInfo>(`${api}/types/${encodeURIComponent(name)}`, signal)).data));
  return infos.sort((a, b) => b.entityCount - a.entityCount);
}
export const useTypes = () => useAnswer('types', typeInfos);

export async function countOf(query: Record<string, string>, signal?: AbortSignal): Promise<number> {
  return (await get(withQuery(`${api}/entities`, { ...query, limit: 0, count: 'true' }), signal)).count;
}

/** Names of the attributes that are relationships somewhere. */
export function relationshipNames(infos: TypeInfo[]): string[] {
  const all = infos.flatMap((info) => info.attributeDetails).filter((a) => a.attributeTypes.some((k) => /Relationship$/.test(k)));
  return [...new Set(all.map((a) => a.attributeName))];
}
