// The past of one number: its points, or averages of periods where there are more points than the server gives at once.
import { ApiError, api, get, request, withQuery } from './client';
import { type Entity, numberOf, oneOf } from './entity';
import { segment } from '../app/route';

export interface Point {
  t: number; // milliseconds
  v: number;
  low?: number; // of a period
  high?: number;
}
export type TimeProperty = 'observedAt' | 'modifiedAt';

export interface Instance {
  type?: string;
  value?: unknown;
  unitCode?: string;
  observedAt?: string;
  modifiedAt?: string;
  datasetId?: string;
  object?: unknown;
}

const steps = [1, 5, 10, 30, 60, 300, 900, 1800, 3600, 10800, 21600, 43200, 86400, 604800, 2592000];
/** A period so that about 250 of them cover `milliseconds`. */
export function periodFor(milliseconds: number): string {
  const seconds = steps.find((s) => s * 250e3 >= milliseconds) ?? 365 * 86400;
  return seconds < 86400 ? `PT${seconds}S` : `P${seconds / 86400}D`;
}

type Row = [unknown, string, string?];
interface Values {
  values?: Row[];
  avg?: Row[];
  min?: Row[];
  max?: Row[];
}

export function pointsOf(values: Row[] | undefined): Point[] {
  const points = (values ?? []).map(([value, at]) => ({ t: Date.parse(at), v: numberOf(value) }));
  return points.filter((p): p is Point => p.v !== null && !Number.isNaN(p.t)).sort((a, b) => a.t - b.t);
}

export function periodsOf(rows: Values): Point[] {
  return (rows.avg ?? []).map(([v, begin, end], i) => ({
    t: (Date.parse(begin) + Date.parse(end ?? begin)) / 2, v: Number(v), low: Number(rows.min?.[i]?.[0]), high: Number(rows.max?.[i]?.[0]),
  }));
}

export const pointOf = (instance: Instance | undefined, by: TimeProperty): Point | null => {
  const v = numberOf(instance?.value), t = Date.parse(instance?.[by] ?? instance?.modifiedAt ?? '');
  return v === null || Number.isNaN(t) ? null : { t, v };
};

/** In its place by time, as late values come too; the same list when it is there already. */
export function withPoint(points: Point[], point: Point): Point[] {
  let i = points.length;
  while (i > 0 && points[i - 1]!.t > point.t) i--;
  if (i > 0 && points[i - 1]!.t === point.t && points[i - 1]!.v === point.v) return points;
  return [...points.slice(0, i), point, ...points.slice(i)];
}

export interface Series {
  points: Point[];
  unit: string;
  by: TimeProperty;
}

/** The history of a number since `from` (null: all of it). */
export async function series(id: string, attribute: string, from: number | null, signal?: AbortSignal): Promise<Series> {
  const now = (await get<Entity>(withQuery(`${api}/entities/${segment(id)}`, { attrs: attribute, options: 'sysAttrs' }), signal)).data;
  const instance = oneOf(now[attribute] as Instance | Instance[]);
  if (!instance) throw new ApiError(404, attribute);
  const by: TimeProperty = instance.observedAt ? 'observedAt' : 'modifiedAt';
  let points = await past(id, attribute, by, from, signal);
  const newest = pointOf(instance, by);
  if (newest && (from === null || newest.t >= from)) points = withPoint(points, newest);
  return { points, unit: instance.unitCode ?? '', by };
}

async function past(id: string, attribute: string, by: TimeProperty, from: number | null, signal?: AbortSignal): Promise<Point[]> {
  const path = `${api}/temporal/entities/${segment(id)}`;
  const window = (since: number | null) => (since === null ? {} : { timerel: 'after', timeAt: new Date(since).toISOString() });
  let response: Response;
  try {
    response = await request(withQuery(path, { attrs: attribute, timeproperty: by, ...window(from), format: 'temporalValues' }), { signal });
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return []; // nothing is remembered of it
    throw error;
  }
  if (response.status !== 206) return pointsOf(oneOf(((await response.json()) as Record<string, Values>)[attribute])?.values);
  const start = /date-time (\S+?Z)-/.exec(response.headers.get('Content-Range') ?? '')?.[1];
  const since = from ?? (start ? Date.parse(start) : Date.now() - 365 * 86400e3);
  const summed = await get<Record<string, Values>>(
    withQuery(path, { attrs: attribute, timeproperty: by, ...window(since), format: 'aggregatedValues', aggrMethods: 'avg,min,max', aggrPeriodDuration: periodFor(Date.now() - since) }), signal,
  );
  return periodsOf(oneOf(summed.data[attribute]) ?? {});
}

/** The history of one number of every entity of a type: id → points. Observed values, else none. */
export async function allSeries(type: string, attribute: string, signal?: AbortSignal): Promise<Map<string, Point[]>> {
  const { data } = await get<(Entity & Record<string, Values>)[]>(
    withQuery(`${api}/temporal/entities`, { type, attrs: attribute, format: 'temporalValues', timerel: 'after', timeAt: '1900-01-01T00:00:00Z', lastN: 200, limit: 1000 }), signal,
  );
  return new Map(data.map((e) => [e.id, pointsOf(oneOf(e[attribute] as Values)?.values)]));
}

/** The last value at or before `at`. */
export function valueAt(points: Point[], at: number): number | undefined {
  let low = 0, high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle]!.t <= at) low = middle + 1;
    else high = middle;
  }
  return points[low - 1]?.v;
}
