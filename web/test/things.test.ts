import { describe, expect, it } from 'vitest';
import { comparisonsOf, durationOf, minutesOf, queryOf } from '../src/api/automation';
import { hangingOf, together } from '../src/api/wall';
import { codeOf } from '../src/pages/devices/AddDevice';
import { qr, qrPath } from '../src/ui/qr';

describe('durations', () => {
  it.each([['PT10M', 10], ['PT1H30M', 90], ['P1D', 1440], ['PT30S', 0.5], ['P1DT2H', 1560]])('%s is %d minutes', (text, minutes) => expect(minutesOf(text)).toBe(minutes));
  it.each(['P1M', 'P', '10', '', 'PT'.slice(0, 1)])('%s is none', (text) => expect(minutesOf(text)).toBeNull());
  it.each([[10, 'PT10M'], [90, 'PT90M'], [120, 'PT2H'], [2880, 'P2D'], [0.5, 'PT30S']])('%d minutes are %s', (minutes, text) => expect(durationOf(minutes)).toBe(text));
});

describe('conditions', () => {
  it('are comparisons that all hold', () => {
    const list = comparisonsOf('waterLevel<4;gateOpening==0;waterManagement=="byRules"');
    expect(list).toEqual([{ attribute: 'waterLevel', operator: '<', value: '4' }, { attribute: 'gateOpening', operator: '==', value: '0' }, { attribute: 'waterManagement', operator: '==', value: 'byRules' }]);
    expect(queryOf(list!)).toBe('waterLevel<4;gateOpening==0;waterManagement=="byRules"');
  });
  it('are text when they say more', () => expect(comparisonsOf('(a<1|b>2);c~=x')).toBeNull());
  it('leave out rows that are not complete', () => expect(queryOf([{ attribute: '', operator: '<', value: '1' }, { attribute: 'a', operator: '>=', value: '' }])).toBe(''));
});

describe('codes of devices', () => {
  it('are addresses', () => expect(codeOf('https://city.example/devices/add?group=paddies&address=A7&other=x')).toEqual({ group: 'paddies', address: 'A7' }));
  it('or objects', () => expect(codeOf('{"group":"g","address":"a","model":5}')).toEqual({ group: 'g', address: 'a' }));
  it.each(['', 'WIFI:S:net;;', '{', 'https://example.com/'])('%s is none', (text) => expect(codeOf(text)).toBeUndefined());
});

describe('QR codes', () => {
  // Compared with libqrencode when it was written; these hold what does not depend on the mask.
  it('have the size of their version', () => {
    expect(qr('hello')).toHaveLength(21);
    expect(qr('x'.repeat(62))).toHaveLength(33);
    expect(qr('x'.repeat(213))).toHaveLength(57);
    expect(qr('x'.repeat(214))).toBeUndefined();
  });
  it('have their three corners', () => {
    const rows = qr('https://city.example/devices/add')!, size = rows.length;
    for (const [x, y] of [[0, 0], [size - 7, 0], [0, size - 7]] as const) {
      expect(rows.slice(y, y + 7).map((row) => row.slice(x, x + 7).map(Number).join(''))).toEqual(['1111111', '1000001', '1011101', '1011101', '1011101', '1000001', '1111111']);
    }
  });
  it('are one path', () => expect(qrPath([[true, false], [false, true]])).toBe('M0 0h1v1h-1zM1 1h1v1h-1z'));
});

describe('the operations wall', () => {
  const now = Date.parse('2026-07-09T12:00:00Z'), status = (value: string, modifiedAt: string) => ({ type: 'Property', value, modifiedAt });
  it('names commands that nobody answered for a minute, and those that failed today', () => {
    const found = hangingOf([{ id: 'urn:a', type: 'Device', gate_status: status('pending', '2026-07-09T11:58:00Z'), weir_status: status('delivered', '2026-07-09T11:59:30Z'), pump_status: status('expired', '2026-07-09T01:00:00Z'), old_status: status('failed', '2026-07-07T01:00:00Z'), lamp_status: status('executed', '2026-07-09T11:00:00Z'), name: status('pending', '2026-07-09T10:00:00Z') }], now);
    expect(found.map((h) => `${h.command} ${h.status}`)).toEqual(['gate pending', 'pump expired']);
  });
  it('tells what a rule did to many in a row once', () => {
    const record = (rule: string, entity: string, event = 'fired') => ({ rule, entity, event, at: '', reason: {}, actions: [] });
    expect(together([record('a', '1'), record('a', '2'), record('b', '1'), record('a', '3'), record('a', '4', 'ended')]).map((g) => [g.record.rule, g.record.entity, g.others])).toEqual([['a', '1', 1], ['b', '1', 0], ['a', '3', 0], ['a', '4', 0]]);
  });
});
