import { describe, expect, it } from 'vitest';
import { indicatorOf, reached, targetOf } from '../src/api/plan';
import type { Outline } from '../src/api/outlines';
import type { Municipality } from '../src/api/region';
import { within } from '../src/map/engine';
import { landOf } from '../src/map/land';
import { project } from '../src/map/projection';

describe('what is reached of a target', () => {
  it.each([[37, 179, 20.6], [13.5, 16, 84.3], [157.5, 140, 112.5], [1527, 1657, 92.1], [150, 145, 103.4], [0.3, 0.1, 300], [1.1, 1.1, 100], [99.9999, 100, 99.9]])('%d of %d is %d %%', (value, target, share) => {
    expect(reached(value, target, false)).toBe(share);
  });
  it('is not given where smaller is better, nor without a target', () => {
    expect(reached(4.9, 3.6, true)).toBeNull();
    expect(reached(1, 0, false)).toBeNull();
  });
});

describe('an indicator', () => {
  const of = (kpiValue: unknown) => indicatorOf({ id: 'urn:ngsi-ld:KeyPerformanceIndicator:a', type: 'KeyPerformanceIndicator', kpiValue, target: [{ value: 10, datasetId: 'urn:p:1' }, { value: 5 }] });
  const computed = { value: 3, observedAt: '2020-01-01T00:00:00Z', provenance: { value: { kind: 'computed', numerator: 3, entities: 3 } } };
  const entered = { value: 7, datasetId: 'urn:tsunagu:entered', observedAt: '2021-01-01T00:00:00Z', provenance: { value: { kind: 'entered', source: { ja: 'x' } } } };
  it('stands by what is computed, and keeps what was entered apart', () => {
    expect(of([computed, entered])).toMatchObject({ shown: { value: 3, computed: true }, entered: { value: 7, computed: false } });
    expect(of(entered).shown).toMatchObject({ value: 7, computed: false });
    expect(of(undefined).shown).toBeNull();
  });
  it('has a target in each plan', () => {
    expect(targetOf(of(computed), 'urn:p:1')?.value).toBe(10);
    expect(targetOf(of(computed), 'urn:p:2')?.value).toBe(5);
  });
});

describe('land by outlines', () => {
  const town = (id: string, lon: number): Municipality => ({ id, type: 'Municipality', name: id, population: 5, location: { type: 'Point', coordinates: [lon, 43.05] } });
  const square = (id: string, west: number, type = 'Municipality'): Outline => ({ id, type, name: id, boundary: { type: 'MultiPolygon', coordinates: [
    [[[west, 43], [west + 0.1, 43], [west + 0.1, 43.1], [west, 43.1], [west, 43]], [[west + 0.02, 43.02], [west + 0.04, 43.02], [west + 0.04, 43.04], [west + 0.02, 43.04], [west + 0.02, 43.02]]],
  ] } });
  const towns = [town('a', 141.05), town('b', 141.15)];
  it('is a schematic unless every municipality has one', () => {
    expect(landOf(towns).every((l) => !l.rings)).toBe(true);
    expect(landOf(towns, [square('a', 141)]).every((l) => !l.rings)).toBe(true);
  });
  it('has holes, and land that is no municipality', () => {
    const land = landOf(towns, [square('a', 141), square('b', 141.1), square('island', 142, 'AdministrativeArea')]);
    expect(land.map((l) => [l.cell.id, l.weight])).toEqual([['a', 5], ['b', 5], ['island', -1]]);
    const at = (lon: number, lat: number) => land.filter((l) => within(l, project([lon, lat]))).map((l) => l.cell.id);
    expect(at(141.05, 43.05)).toEqual(['a']);
    expect(at(141.03, 43.03)).toEqual([]);
    expect(at(142.05, 43.05)).toEqual(['island']);
  });
});
