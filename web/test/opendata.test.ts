import { beforeAll, describe, expect, it } from 'vitest';
import { placesOf, rowsPath, textOf } from '../src/api/datasets';
import { licenceOf } from '../src/api/licences';
import { shorter } from '../src/api/near';
import type { Municipality } from '../src/api/region';
import type { Report } from '../src/api/uploads';
import ja from '../src/i18n/ja.json';
import { bytes, setTexts } from '../src/i18n/text';
import { pageAt } from '../src/app/pages';
import { keptDraft, nameFrom, suggested, validName } from '../src/pages/studio/metadata';

beforeAll(() => setTexts(ja));

describe('pages of one thing', () => {
  it('are found by the beginning of the address', () => {
    expect(pageAt('/datasets')?.title).toBe('datasets.title');
    expect(pageAt('/datasets/')?.title).toBe('datasets.title');
    expect(pageAt('/datasets/sapporo-aed')?.title).toBe('dataset.title');
    expect(pageAt('/publish/1')?.title).toBe('studio.title');
    expect(pageAt('/data')).toBeUndefined();
  });
});

describe('rows of a table', () => {
  it('are places when they have a point', () => {
    const places = placesOf([
      { geometry: { type: 'Point', coordinates: [141.3, 43] }, properties: { NO: 1, 名称: '中央公民館' } }, { geometry: null, properties: { NO: 2, 名称: '場所なし' } },
    ]);
    expect(places).toEqual([{ name: '中央公民館', at: [141.3, 43], row: { NO: 1, 名称: '中央公民館' } }]);
  });
  it('are called by what is no id', () => {
    expect(placesOf([{ geometry: { type: 'Point', coordinates: [141.3, 43] }, properties: { id: 'urn:ngsi-ld:AnimalSighting:1', dateObserved: '2017-04-15T03:00:00Z' } }])[0]!.name).toBe('2017/04/15 12:00');
  });
  it('have cells of any kind', () => {
    expect(textOf({ ja: '市', en: 'city' })).toBe('市');
    expect(textOf({ languageMap: { en: 'city' } })).toBe('city');
    expect(textOf(['a', 1])).toBe('a, 1');
    expect(textOf({ a: 1 })).toBe('{"a":1}');
    expect(textOf(null)).toBe('');
  });
  it('are asked for as in CKAN', () => expect(rowsPath('urn:x:1', { q: 'a b', sort: '"NO" desc', offset: 20, limit: 10 })).toBe('/api/3/action/datastore_search?resource_id=urn:x:1&q=a%20b&sort="NO"%20desc&offset=20&limit=10'));
});

describe('addresses', () => {
  it('get shorter from number to number', () => {
    expect(shorter('北区北6条西4-1')).toEqual(['北区北6条西4-1', '北区北6条西4', '北区北6条西', '北区北6', '北区北']);
    expect(shorter('元町')).toEqual(['元町']);
    expect(shorter('1')).toEqual([]);
  });
});

describe('licences', () => {
  it('are known in any version and language', () => {
    expect(licenceOf('http://creativecommons.org/licenses/by/2.1/jp/deed.ja')).toBe('ccby');
    expect(licenceOf('CC-BY-SA-4.0')).toBe('ccbysa');
    expect(licenceOf('https://creativecommons.org/licenses/by-nc/4.0/')).toBe('ccbync');
    expect(licenceOf('CC0-1.0')).toBe('cc0');
    expect(licenceOf('PDL-1.0')).toBe('pdl');
    expect(licenceOf('https://example.org/terms')).toBeUndefined();
    expect(licenceOf(undefined)).toBeUndefined();
  });
});

describe('what is said of a data set', () => {
  const place = { id: 'urn:ngsi-ld:Municipality:011002', type: 'Municipality', name: { languageMap: { ja: '札幌市', en: 'Sapporo' } } } as Municipality;
  const report = { id: '1', fileName: '施設 2024.csv', standard: { key: 'public-facilities', title: { ja: '公共施設一覧', en: 'Public facilities' }, confidence: 0.9 } } as unknown as Report;
  it('is filled in from the standard and the municipality', () => {
    expect(suggested(report, place)).toMatchObject({ name: 'sapporo-public-facilities', title: { ja: '札幌市 公共施設一覧', en: 'Public facilities, Sapporo' }, publisher: place.id, spatial: place.id, theme: ['regi'] });
  });
  it('is filled in from the name of the file where nothing else is known', () => {
    expect(suggested({ ...report, standard: null }, undefined)).toMatchObject({ title: { ja: '施設 2024' }, publisher: '' });
    expect(validName(suggested({ ...report, standard: null }, undefined).name)).toBe(true);
    expect(validName(suggested({ ...report, fileName: '施設.csv', standard: null }, undefined).name)).toBe(true);
  });
  it('has a name that CKAN takes', () => {
    expect(nameFrom('Ｓapporo AED 一覧 (2024)')).toBe('sapporo-aed-2024');
    expect(validName('a')).toBe(false);
    expect(validName('Ab')).toBe(false);
  });
  it('needs no storage', () => expect(keptDraft('1')).toEqual({}));
});

describe('sizes', () => {
  it('are short', () => expect([bytes(0), bytes(999), bytes(1234), bytes(78_725), bytes(2_500_000)]).toEqual(['0 B', '999 B', '1.2 kB', '79 kB', '2.5 MB']));
});
