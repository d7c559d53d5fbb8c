import { describe, expect, it } from 'vitest';
import { type Alarm, groupsOf } from '../src/api/alarms';
import { noticeOf, pageOf } from '../src/sw/notice';

describe('a notice', () => {
  it('is shown as it came', () => {
    const { title, options } = noticeOf(JSON.stringify({ title: '【緊急】水位', body: '10 cm', page: '/alarms?id=urn:x', tag: 't', lang: 'ja', urgent: true }));
    expect(title).toBe('【緊急】水位');
    expect(options).toMatchObject({ body: '10 cm', tag: 't', renotify: true, requireInteraction: true, data: { page: '/alarms?id=urn:x' } });
  });
  it.each(['', 'nothing', 'null', '3', '{"title":4}'])('is shown whatever came: %s', (pushed) => expect(noticeOf(pushed)).toMatchObject({ title: 'Tsunagu', options: { body: '', data: { page: '/' } } }));
  it('leads to pages of ours only', () => {
    const origin = 'https://city.example';
    expect(pageOf({ page: '/alarms?id=1' }, origin)).toBe('https://city.example/alarms?id=1');
    for (const page of ['https://evil.example/', '//evil.example', 'javascript:alert(1)', undefined]) expect(pageOf({ page }, origin)).toBe('https://city.example/');
    expect(pageOf(null, origin)).toBe('https://city.example/');
  });
});

describe('alarms', () => {
  const alarm = (source: string, severity: Alarm['severity'], status: Alarm['status'], at: string): Alarm => ({ id: `${source}${at}`, source, severity, status, raisedAt: at, entity: 'urn:x', text: {}, reason: {}, count: 1, notices: [] });
  it('are grouped by what raised them, the worst and what nobody has seen to first', () => {
    const groups = groupsOf([alarm('a', 'minor', 'raised', '1'), alarm('b', 'critical', 'acknowledged', '2'), alarm('b', 'warning', 'raised', '3'), alarm('a', 'minor', 'raised', '4')]);
    expect(groups.map((g) => [g.source, g.worst, g.alarms.map((x) => x.raisedAt).join()])).toEqual([['b', 'critical', '3,2'], ['a', 'minor', '4,1']]);
  });
});
