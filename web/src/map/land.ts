// The municipalities as land.
import { numberOf, positionOf, valueText } from '../api/entity';
import type { Municipality } from '../api/region';
import { cells } from './cells';
import type { Land } from './engine';
import { project, realKilometres } from './projection';

const unknownArea = 150; // km²

export function landOf(list: Municipality[]): Land[] {
  const placed = list.flatMap((m) => {
    const position = positionOf(m);
    return position ? [{ m, at: project(position) }] : [];
  });
  const made = cells(placed.map(({ m, at }) => ({ id: m.id, at, radius: Math.sqrt((numberOf(m.area) ?? unknownArea) / Math.PI) / realKilometres(at[1]) })));
  return made
    .map((cell, i) => ({ cell, name: valueText(placed[i]!.m.name), weight: numberOf(placed[i]!.m.population) ?? 0 }))
    .sort((a, b) => b.weight - a.weight);
}
