// What of a series is drawn.
import type { Point } from '../api/history';

export interface Line {
  name: string;
  unit: string;
  points: Point[]; // in the order of time
}

/** The points between two times and one more on either side, so that the line reaches the edges. */
export function within(points: Point[], from: number, to: number): Point[] {
  let first = points.findIndex((p) => p.t >= from);
  if (first < 0) first = points.length;
  let last = points.length - 1;
  while (last >= 0 && points[last]!.t > to) last--;
  return points.slice(Math.max(0, first - 1), last + 2);
}

/** At most about 4 points per column: first, lowest, highest and last, so that no peak is lost. */
export function thinned(points: Point[], columns: number): Point[] {
  if (points.length <= columns * 4 || columns < 1) return points;
  const from = points[0]!.t, wide = (points.at(-1)!.t - from) / columns || 1, kept: Point[] = [];
  for (let i = 0; i < points.length; ) {
    const column = Math.floor((points[i]!.t - from) / wide);
    let low = i, high = i, end = i;
    for (; end < points.length && Math.floor((points[end]!.t - from) / wide) === column; end++) {
      if (points[end]!.v < points[low]!.v) low = end;
      if (points[end]!.v > points[high]!.v) high = end;
    }
    for (const at of [...new Set([i, low, high, end - 1])].sort((a, b) => a - b)) kept.push(points[at]!);
    i = end;
  }
  return kept;
}

/** Every value in percent of the first one that is not 0; for comparing what differs in size. */
export function indexed(line: Line): Line {
  const base = line.points.find((p) => p.v !== 0)?.v;
  if (base === undefined) return line;
  const part = (v: number | undefined) => (v === undefined ? undefined : (v / base) * 100);
  return { ...line, unit: 'P1', points: line.points.map((p) => ({ t: p.t, v: (p.v / base) * 100, ...(p.low !== undefined && { low: part(p.low), high: part(p.high) }) })) };
}

/** The point nearest to a time. */
export function nearestPoint(points: Point[], t: number): Point | undefined {
  let low = 0, high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle]!.t < t) low = middle + 1;
    else high = middle;
  }
  const before = points[low - 1], after = points[low];
  if (!before || !after) return before ?? after;
  return t - before.t <= after.t - t ? before : after;
}
