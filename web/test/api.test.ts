import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withQuery } from '../src/api/client';
import { type Entity, distance, titleOf, valueText } from '../src/api/entity';
import { quantile, readMetrics, sum } from '../src/api/metrics';
import { flush, forget, waiting, write } from '../src/api/queue';
import type { Municipality } from '../src/api/region';
import { pattern, queryOf, understand } from '../src/api/search';
import { readSettings, settings } from '../src/app/settings';
import { ago, dateTime, pieces, setTexts } from '../src/i18n/text';
import en from '../src/i18n/en.json';
import ja from '../src/i18n/ja.json';
import { typeNames } from '../src/pages/search/names';
import { strategyOf } from '../src/sw/strategy';

const speak = (language: 'ja' | 'en') => {
  settings.set({ ...settings.get(), language });
  setTexts(language === 'ja' ? ja : en);
};
beforeEach(() => speak('ja'));

describe('values', () => {
  it('read as people read them', () => {
    expect(valueText({ languageMap: { ja: '札幌市', en: 'Sapporo' } })).toBe('札幌市');
    expect(valueText(['flood', 'tsunami', true])).toBe('洪水、津波、はい');
    expect(valueText({ '@type': 'DateTime', '@value': '2026-04-01T03:00:00Z' })).toBe('2026/04/01 12:00');
    expect(valueText({ type: 'Point', coordinates: [141.35, 43.06] })).toBe('43.0600, 141.3500');
    speak('en');
    expect(valueText({ languageMap: { ja: '札幌市', en: 'Sapporo' } })).toBe('Sapporo');
    expect(valueText({ a: 1, b: 'city' })).toBe('a: 1, b: City');
  });
  it('never show an id as a title', () => {
    const bear = { id: 'urn:ngsi-ld:AnimalSighting:sapporo:bear:1', type: 'AnimalSighting', description: 'ヒグマを目撃', dateObserved: { '@value': '2017-04-15T03:00:00Z' } } as Entity;
    expect(titleOf(bear)).toBe('ヒグマを目撃（2017/04/15）');
    expect(titleOf({ id: 'urn:ngsi-ld:AED:7', type: 'AED' })).toBe('AED 7');
  });
  it('measure', () => expect(distance([141.35, 43.06], [140.73, 41.77])).toBeGreaterThan(150_000));
});

describe('texts', () => {
  it('have readings and parameters', () => {
    expect(pieces('｜市《し》の {n} 件', { n: 1234 })).toEqual([{ text: '市', reading: 'し' }, { text: 'の 1,234 件' }]);
  });
  it('do not take data for readings', () => expect(pieces('{name}', { name: '｜x《y》' })).toEqual([{ text: '｜x《y》' }]));
  it('say midnight as a day', () => expect(dateTime('2022-12-30T15:00:00Z')).toBe('2022/12/31'));
  it('say how long ago', () => expect(ago(0, 3 * 86400e3)).toBe('3 日前'));
});

describe('search', () => {
  const names = typeNames(['Shelter', 'EvacuationSite', 'Municipality']);
  const town = (id: string, name: string, kana: string, latin: string) => ({ id, type: 'Municipality', name: { languageMap: { ja: name, 'ja-Hira': kana, en: latin } } }) as Municipality;
  const places = [town('urn:m:1', '函館市', 'はこだてし', 'Hakodate'), town('urn:m:2', '北見市', 'きたみし', 'Kitami')];
  it('knows kinds and municipalities in any writing', () => {
    for (const text of ['避難所 函館', '避難所　函館市', 'Shelter hakodate', 'shelters ﾊｺﾀﾞﾃ', 'ひなんじょ はこだて']) {
      expect(understand(text, names, places), text).toMatchObject({ near: { id: 'urn:m:1' }, words: text.startsWith('ひなんじょ') ? ['ひなんじょ'] : [] });
    }
  });
  it('looks for a municipality alone by name', () => expect(understand('函館', names, places).words).toEqual(['函館']));
  it('finds hiragana in katakana and protects patterns', () => {
    expect(pattern('さくら')).toBe('(?i)(さくら|サクラ)');
    expect(pattern('a(b')).toContain('a\\(b');
    expect(pattern('a"b')).not.toContain('"');
  });
  it('makes a query', () => {
    expect(queryOf({ types: ['Shelter'], municipality: 'urn:m:1', words: ['小学校'] })).toEqual({
      type: 'Shelter', local: 'true', q: '(name~="(?i)(小学校)"|address~="(?i)(小学校)"|description~="(?i)(小学校)"|alternateName~="(?i)(小学校)"|title~="(?i)(小学校)");refMunicipality=="urn:m:1"',
    });
    expect(queryOf({ types: [], municipality: '', words: ['E0110000001202'] })).toEqual({ local: 'true', idPattern: '(?i)E0110000001202' });
  });
  it('writes addresses that people can read', () => expect(withQuery('/e', { type: 'A,B', q: 'a=="x y"', no: undefined })).toBe('/e?type=A,B&q=a=="x%20y"'));
});

describe('settings', () => {
  it('survive what makes no sense', () => {
    expect(readSettings('{"language":"fr","role":"king","theme":"dark"}', 'en-GB')).toMatchObject({ language: 'en', role: 'visitor', theme: 'dark' });
    expect(readSettings('not json', 'ja-JP')).toMatchObject({ language: 'ja', shortcuts: true });
  });
});

describe('metrics', () => {
  const samples = readMetrics('# HELP x\na_total{k="v",l="w\\"x"} 3\na_total{k="u"} 4\nh_bucket{le="0.1"} 90\nh_bucket{le="1"} 99\nh_bucket{le="+Inf"} 100\n');
  it('are read', () => {
    expect(samples[0]).toEqual({ name: 'a_total', labels: { k: 'v', l: 'w\\"x' }, value: 3 });
    expect(sum(samples, 'a_total')).toBe(7);
  });
  it('have quantiles', () => {
    expect(quantile(samples, 'h', 0.5)).toBe(0.1);
    expect(quantile(samples, 'h', 0.99)).toBe(1);
    expect(quantile(samples, 'none', 0.5)).toBeNaN();
  });
});

describe('service worker', () => {
  const of = (path: string, mode = 'cors', method = 'GET') => strategyOf(method, new URL(path, 'http://h'), 'http://h', mode);
  it('keeps pages, files and answers, nothing else', () => {
    expect(of('/map', 'navigate')).toBe('page');
    expect(of('/assets/a-1.js')).toBe('file');
    expect(of('/ngsi-ld/v1/entities?type=A')).toBe('answer');
    for (const path of ['/catalog/datasets?q=a', '/catalog/quality', '/catalog/distributions/urn:a:1/versions', '/api/3/action/datastore_search?resource_id=a']) expect(of(path), path).toBe('answer');
    for (const path of ['/catalog/uploads', '/catalog/distributions/urn:a:1/data.csv', '/catalog.jsonld']) expect(of(path), path).toBe('pass');
    expect(of('/catalog/datasets/a.ttl', 'navigate')).toBe('pass');
    for (const path of ['/ngsi-ld/v1/events?local=true', '/health', '/metrics', '/admin/notices', '/sw.js', 'http://other/x']) expect(of(path), path).toBe('pass');
    expect(of('/ngsi-ld/v1/entities', 'cors', 'POST')).toBe('pass');
  });
});

describe('writes', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    for (const w of waiting.get()) forget(w.key);
  });
  const change = { method: 'PATCH', path: '/e/1/attrs/a', body: { value: 1 }, title: 'a' };
  it('go at once, or wait for the line and then go in order', async () => {
    const sent: unknown[] = [];
    const server = vi.fn((_: string, init: RequestInit) => (sent.push(JSON.parse(String(init.body))), Promise.resolve(new Response(null, { status: 204 }))));
    vi.stubGlobal('fetch', server);
    expect(await write(change)).toBe('sent');
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no line')));
    expect(await write({ ...change, body: { value: 2 } })).toBe('waits');
    vi.stubGlobal('fetch', server);
    expect(await write({ ...change, body: { value: 3 } })).toBe('waits'); // behind the one before it
    await flush();
    expect(waiting.get()).toEqual([]);
    expect(sent).toEqual([{ value: 1 }, { value: 2 }, { value: 3 }]);
  });
  it('that are refused stay, with the reason', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no line')));
    await write(change);
    vi.stubGlobal('fetch', () => Promise.resolve(new Response('{"detail":"gone"}', { status: 404 })));
    await flush();
    expect(waiting.get()).toMatchObject([{ refused: 'gone' }]);
  });
});
