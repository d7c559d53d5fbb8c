// What an entity is tied to: the entities it names, and those that name it.
import { api, get, withQuery } from '../../api/client';
import { type Entity, isUrn } from '../../api/entity';
import { relationshipNames, typeInfos } from '../../api/region';

export interface Tie {
  attribute: string;
  /** Of incoming ties: the type of those that name this one. */
  type?: string;
  entities: Entity[];
  count: number;
}

const most = 6;

/** The relationships in a simplified entity with linked entities inline. `full` tells which attributes are relationships. */
export function outgoing(simple: Entity, full: Entity): Tie[] {
  return Object.entries(full).flatMap(([attribute, instances]) => {
    const kinds = (Array.isArray(instances) ? instances : [instances]) as { type?: string }[];
    if (!kinds.some((i) => i && typeof i === 'object' && (i.type === 'Relationship' || i.type === 'ListRelationship'))) return [];
    const values = Array.isArray(simple[attribute]) ? (simple[attribute] as unknown[]) : [simple[attribute]];
    const entities = values.flatMap((v): Entity[] => (typeof v === 'object' && v && 'id' in v ? [v as Entity] : isUrn(v) ? [{ id: v, type: '' }] : []));
    return entities.length ? [{ attribute, entities: entities.slice(0, most), count: entities.length }] : [];
  });
}

/** Who names this entity, by attribute and type. */
export async function incoming(id: string, signal: AbortSignal): Promise<Tie[]> {
  const infos = await typeInfos(signal), names = relationshipNames(infos);
  const asked = names.flatMap((attribute) => infos.filter((i) => i.attributeDetails.some((a) => a.attributeName === attribute)).map((i) => ({ attribute, type: i.typeName })));
  const ties = await Promise.all(asked.map(async ({ attribute, type }) => {
    const { data, count } = await get<Entity[]>(withQuery(`${api}/entities`, { type, q: `${attribute}=="${id}"`, limit: most, count: 'true', format: 'simplified' }), signal);
    return { attribute, type, entities: data, count };
  }));
  return ties.filter((tie) => tie.count > 0);
}
