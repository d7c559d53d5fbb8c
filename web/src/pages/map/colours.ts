// Municipalities coloured by a number: which values, in which classes, at which time.
import { type Point, valueAt } from '../../api/history';
import { numberOf } from '../../api/entity';
import type { Municipality } from '../../api/region';
import { type Classes, classOf, classesOf, evenClasses } from '../../map/classes';

export type Per = '' | 'population' | 'area';
export const pers: Per[] = ['', 'population', 'area'];
/** "per 100 inhabitants", "per km²" */
const factor: Record<Per, number> = { '': 1, population: 100, area: 1 };

type Histories = Map<string, Point[]>;

const valueOf = (m: Municipality, attribute: string, past: Histories | undefined, at: number | null): number | undefined =>
  at !== null && past?.get(m.id)?.length ? valueAt(past.get(m.id)!, at) : numberOf(m[attribute]) ?? undefined;

export interface Source {
  attribute: string;
  per: Per;
  /** The past of the attribute and of what it is divided by, when a time is chosen. */
  past?: Histories;
  pastOfPer?: Histories;
}

/** The values of all municipalities now, or at a time; those that have none are left out. */
export function valuesAt(list: Municipality[], { attribute, per, past, pastOfPer }: Source, at: number | null): Map<string, number> {
  const values = new Map<string, number>();
  for (const m of list) {
    const value = valueOf(m, attribute, past, at), by = per ? valueOf(m, per, pastOfPer, at) : 1;
    if (value !== undefined && by) values.set(m.id, (value / by) * factor[per]);
  }
  return values;
}

/** Times at which something changed, oldest first. */
export const timesOf = (past: Histories): number[] => [...new Set([...past.values()].flatMap((points) => points.map((p) => p.t)))].sort((a, b) => a - b);

/** Classes that hold at every time, so that colours can be compared. */
export function classesFor(list: Municipality[], source: Source, times: number[]): Classes {
  const sampled = times.length > 24 ? times.filter((_, i) => i % Math.ceil(times.length / 24) === 0 || i === times.length - 1) : times;
  if (!sampled.length) return classesOf([...valuesAt(list, source, null).values()]);
  return evenClasses(sampled.flatMap((at) => [...valuesAt(list, source, at).values()]));
}

export function fills(values: Map<string, number>, classes: Classes, ramp: string[]): Map<string, string> {
  return new Map([...values].map(([id, value]) => [id, ramp[classOf(classes, value)]!]));
}
