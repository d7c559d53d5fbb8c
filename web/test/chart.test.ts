import { describe, expect, it } from 'vitest';
import { periodFor, periodsOf, pointsOf, valueAt, withPoint } from '../src/api/history';
import { indexed, nearestPoint, thinned, within } from '../src/chart/lines';
import { niceStep, timeTicks, valueAxis } from '../src/chart/scale';

const points = Array.from({ length: 1000 }, (_, i) => ({ t: i * 1000, v: Math.sin(i / 9) }));

describe('axes', () => {
  it('have round steps', () => {
    expect(niceStep(97, 5)).toBe(20);
    expect(valueAxis(0.13, 0.88, 4)).toMatchObject({ low: 0, high: 1, digits: 1 });
    expect(valueAxis(5, 5, 4).ticks.length).toBeGreaterThan(1);
  });
  it('mark the days of the region', () => {
    const ticks = timeTicks(Date.parse('2026-04-01T00:00:00Z'), Date.parse('2026-04-08T00:00:00Z'), 7);
    expect(new Date(ticks[0]!.t).toISOString()).toBe('2026-04-01T15:00:00.000Z');
  });
  it('mark years by the calendar', () => {
    const ticks = timeTicks(Date.parse('2017-03-07T15:00:00Z'), Date.parse('2022-12-30T15:00:00Z'), 6);
    expect(ticks.map(({ t }) => new Date(t + 9 * 3600e3).getUTCFullYear())).toEqual([2018, 2019, 2020, 2021, 2022]);
  });
});

describe('lines', () => {
  it('are cut to what is looked at, reaching the edges', () => {
    expect(within(points, 10_000, 12_000).map((p) => p.t / 1000)).toEqual([9, 10, 11, 12, 13]);
    expect(within(points, 2e9, 3e9).map((p) => p.t / 1000)).toEqual([999]);
  });
  it('are thinned without losing a peak', () => {
    const many = [...points, { t: 500_500, v: 99 }].sort((a, b) => a.t - b.t), few = thinned(many, 20);
    expect(few.length).toBeLessThanOrEqual(84);
    expect(Math.max(...few.map((p) => p.v))).toBe(99);
    expect(few[0]).toEqual(many[0]);
    expect(few.at(-1)).toEqual(many.at(-1));
  });
  it('can be compared in percent', () => {
    expect(indexed({ name: '', unit: 'MTR', points: [{ t: 0, v: 0 }, { t: 1, v: 4 }, { t: 2, v: 5 }] })).toMatchObject({ unit: 'P1', points: [{ v: 0 }, { v: 100 }, { v: 125 }] });
  });
  it('know the nearest point', () => {
    expect(nearestPoint(points, 4400)?.t).toBe(4000);
    expect(nearestPoint(points, 4600)?.t).toBe(5000);
    expect(nearestPoint([], 1)).toBeUndefined();
  });
});

describe('history', () => {
  it('reads values, in order, numbers only', () => {
    expect(pointsOf([[2, '2026-01-02T00:00:00Z'], ['x', '2026-01-03T00:00:00Z'], [1, '2026-01-01T00:00:00Z']]).map((p) => p.v)).toEqual([1, 2]);
  });
  it('reads periods with their lowest and highest', () => {
    const row = (v: number) => [v, '2026-01-01T00:00:00Z', '2026-01-03T00:00:00Z'] as [number, string, string];
    expect(periodsOf({ avg: [row(5)], min: [row(1)], max: [row(9)] })).toEqual([{ t: Date.parse('2026-01-02T00:00:00Z'), v: 5, low: 1, high: 9 }]);
  });
  it('puts late points in their place, once', () => {
    const grown = withPoint([{ t: 1, v: 1 }, { t: 3, v: 3 }], { t: 2, v: 2 });
    expect(grown.map((p) => p.t)).toEqual([1, 2, 3]);
    expect(withPoint(grown, { t: 2, v: 2 })).toBe(grown);
  });
  it('knows the value at a time', () => {
    expect(valueAt(points, 4999)).toBe(points[4]!.v);
    expect(valueAt(points, -1)).toBeUndefined();
  });
  it('asks for periods that fit', () => {
    expect(periodFor(3600e3)).toBe('PT30S');
    expect(periodFor(365 * 86400e3)).toBe('P7D');
  });
});
