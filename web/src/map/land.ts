// The municipalities as land: by their outlines where they are known, else as a schematic of their offices.
import { useMemo } from 'react';
import { type Position, numberOf, positionOf, typeOf, valueText } from '../api/entity';
import { type Outline, useOutlines } from '../api/outlines';
import type { Municipality } from '../api/region';
import { cells } from './cells';
import type { Land } from './engine';
import { type Spot, project, realKilometres } from './projection';

const unknownArea = 150; // km²

export function landOf(list: Municipality[], outlines: Outline[] = []): Land[] {
  const placed = list.flatMap((m) => {
    const position = positionOf(m);
    return position ? [{ m, at: project(position) }] : [];
  });
  const outlineOf = new Map(outlines.map((o) => [o.id, o]));
  const complete = placed.length > 0 && placed.every(({ m }) => outlineOf.has(m.id)); // one without would be a hole
  const byWeight = (land: Land[]) => land.sort((a, b) => b.weight - a.weight);
  if (!complete) {
    const made = cells(placed.map(({ m, at }) => ({ id: m.id, at, radius: Math.sqrt((numberOf(m.area) ?? unknownArea) / Math.PI) / realKilometres(at[1]) })));
    return byWeight(made.map((cell, i) => ({ cell, name: valueText(placed[i]!.m.name), weight: numberOf(placed[i]!.m.population) ?? 0 })));
  }
  const own = placed.map(({ m, at }) => withOutline(outlineOf.get(m.id)!, valueText(m.name), numberOf(m.population) ?? 0, at));
  // Land without an office here: the villages of the Northern Territories.
  const others = outlines.filter((o) => typeOf(o) === 'AdministrativeArea').map((o) => withOutline(o, valueText(o.name), -1));
  return byWeight([...own, ...others]);
}

function withOutline(outline: Outline, name: string, weight: number, office?: Spot): Land {
  const { boundary } = outline, polygons: Position[][][] = boundary.type === 'Polygon' ? [boundary.coordinates] : boundary.coordinates;
  const rings = polygons.flat().map((ring) => ring.map(project));
  const largest = polygons.map((p) => p[0]!.map(project)).reduce((a, b) => (b.length > a.length ? b : a));
  const xs = largest.map((s) => s[0]), ys = largest.map((s) => s[1]);
  const at = office ?? ([(Math.min(...xs) + Math.max(...xs)) / 2, (Math.min(...ys) + Math.max(...ys)) / 2] as Spot);
  const radius = rings.flat().reduce((r, s) => Math.max(r, Math.hypot(s[0] - at[0], s[1] - at[1])), 0);
  return { cell: { id: outline.id, at, radius, ring: largest }, name, weight, rings };
}

/** The schematic at once, the outlines when they are there. */
export function useLand(list: Municipality[]): Land[] {
  const { data } = useOutlines();
  return useMemo(() => landOf(list, data), [list, data]);
}
