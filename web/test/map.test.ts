import { describe, expect, it } from 'vitest';
import { cells, inside } from '../src/map/cells';
import { classOf, classesOf, evenClasses } from '../src/map/classes';
import { ClusterIndex } from '../src/map/cluster';
import { light, rampOf } from '../src/map/palette';
import { type Spot, fit, fromScreen, project, realKilometres, toScreen, unproject, zoomed } from '../src/map/projection';

const size = { width: 800, height: 600 };

describe('projection', () => {
  it('comes back', () => {
    const [lon, lat] = unproject(project([141.35, 43.06]));
    expect(lon).toBeCloseTo(141.35, 9);
    expect(lat).toBeCloseTo(43.06, 9);
  });
  it('has kilometres', () => {
    const [, y0] = project([142.9, 43.4]), [, y1] = project([142.9, 42.4]);
    expect((y1 - y0) * realKilometres((y0 + y1) / 2)).toBeCloseTo(111.19, 1);
  });
  it('fits spots, the middle in the middle', () => {
    const view = fit([[0, 0], [100, 50]], size)!;
    expect(toScreen(view, size, [50, 25])).toEqual([400, 300]);
    expect(fit([], size)).toBeNull();
  });
  it('zooms around a spot that stays where it is', () => {
    const view = { x: 10, y: 20, scale: 2 }, at: Spot = [100, 500];
    expect(fromScreen(zoomed(view, size, 3, at, [0.1, 100]), size, at)).toEqual(fromScreen(view, size, at));
  });
});

describe('land', () => {
  const made = cells([{ id: 'a', at: [0, 0], radius: 10 }, { id: 'b', at: [12, 0], radius: 10 }, { id: 'c', at: [200, 0], radius: 5 }]);
  it('belongs to one municipality only', () => {
    for (let x = -14; x < 30; x += 0.7) expect(made.filter((c) => inside(c.ring, [x, 0.3])).length).toBeLessThanOrEqual(1);
  });
  it('keeps every office in its own cell', () => {
    for (const cell of made) expect(inside(cell.ring, cell.at)).toBe(true);
  });
  it('leaves a lonely disc whole', () => expect(made[2]!.ring).toHaveLength(64));
});

describe('clusters', () => {
  const points = Array.from({ length: 5000 }, (_, i) => ({ at: [(i * 37) % 400, (i * 91) % 300] as Spot, layer: i % 2 }));
  const index = ClusterIndex.of(points), all = (scale: number) => index.visible(-1, -1, 401, 301, scale);
  it('hold every point once, at every zoom', () => {
    for (const scale of [0.5, 1, 4, 30, 500, 5000]) expect(all(scale).reduce((n, c) => n + c.count, 0)).toBe(points.length);
  });
  it('are fewer from afar', () => expect(all(0.5).length).toBeLessThan(all(8).length));
  it('tell their members', () => {
    const cluster = all(1).find((c) => c.count > 1)!;
    expect(index.members(cluster, 1)).toHaveLength(cluster.count);
  });
  it('keep together what lies at one place', () => {
    const same = ClusterIndex.of([{ at: [1, 1], layer: 0 }, { at: [1, 1], layer: 1 }]).visible(0, 0, 2, 2, 20000);
    expect(same).toMatchObject([{ count: 2, layer: -1 }]);
  });
  it('of what is far away are left out', () => expect(index.visible(390, 290, 400, 300, 1000).length).toBeLessThan(500));
});

describe('classes', () => {
  it('have round borders and about as many values each', () => {
    const values = Array.from({ length: 179 }, (_, i) => 700 + i * i * 11), { borders } = classesOf(values);
    expect(borders).toHaveLength(6);
    expect(borders.slice(1, -1).every((b) => Number(b.toPrecision(2)) === b)).toBe(true);
    const counts = [0, 0, 0, 0, 0];
    for (const v of values) counts[classOf({ borders }, v)]!++;
    expect(Math.min(...counts)).toBeGreaterThan(25);
  });
  it('cope with one value, few values and none', () => {
    expect(classesOf([]).borders).toEqual([]);
    expect(classesOf([5, 5]).borders).toEqual([5, 5]);
    expect(classesOf([1, 2]).borders.length).toBeGreaterThanOrEqual(2);
  });
  it('are of the same width for times', () => expect(evenClasses([3.7, 79.9]).borders).toEqual([3.7, 20, 40, 60, 79.9]));
  it('have a colour each', () => {
    for (const n of [1, 2, 3, 4, 5, 9]) expect(new Set(rampOf(light, n)).size).toBe(n);
  });
});
