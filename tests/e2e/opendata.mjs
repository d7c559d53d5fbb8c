// Open data as people use it: a visitor finds shelters near an address and takes the file; staff make files into open data.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { check, root, send, test, url } from './program.mjs';

const shared = process.env.TSUNAGU_SHARED ?? path.join(root, '../shared/data');
const settled = (page, selector, pattern) => page.waitForFunction(([s, p]) => new RegExp(p, 's').test(document.querySelector(s)?.textContent ?? ''), [selector, pattern.source]);
const get = (place) => fetch(url + place).then((r) => r.json());
const property = (value) => ({ type: 'Property', value });
const asahikawa = 'urn:ngsi-ld:Municipality:012041', obihiro = 'urn:ngsi-ld:Municipality:012076';

await test('a visitor finds shelters near an address and takes the CSV', {}, async (page) => {
  for (const [name, address, lon] of [['北学校避難所', '札幌市北区北24条西5丁目1', 141.341], ['遠くの避難所', '札幌市厚別区もみじ台北7', 141.48]]) {
    await send('POST', '/ngsi-ld/v1/entities', { id: `urn:ngsi-ld:Shelter:${lon}`, type: 'Shelter', name, address, refMunicipality: { type: 'Relationship', object: 'urn:ngsi-ld:Municipality:011002' }, location: { type: 'Point', coordinates: [lon, 43.09] } });
  }
  await send('POST', '/ngsi-ld/v1/entities', { id: 'urn:ngsi-ld:Distribution:hokkaido-shelters:1', type: 'Distribution', title: { type: 'LanguageProperty', languageMap: { ja: '指定避難所', en: 'Shelters' } }, format: property('CSV'), content: property({ kind: 'query', type: 'Shelter' }) });
  await send('POST', '/ngsi-ld/v1/entities', { id: 'urn:ngsi-ld:Dataset:hokkaido-shelters', type: 'Dataset', title: { type: 'LanguageProperty', languageMap: { ja: '北海道の指定避難所', en: 'Shelters of Hokkaido' } }, license: property('https://creativecommons.org/licenses/by/4.0/'), keyword: property(['避難所', '防災']), distribution: { type: 'Relationship', object: ['urn:ngsi-ld:Distribution:hokkaido-shelters:1'] } });
  await page.getByRole('link', { name: '公開データを地図や表で見て、ダウンロード' }).click();
  await page.getByLabel('データセットを探す').fill('避難所');
  await page.getByRole('link', { name: '北海道の指定避難所' }).click();
  check(page.url().endsWith('/datasets/hokkaido-shelters'), `the address is ${page.url()}`);
  await page.getByLabel('住所や近くの施設名').fill('札幌市北区北24条西9丁目');
  await page.keyboard.press('Enter');
  await settled(page, '.near-list', /北学校避難所.*遠くの避難所/);
  await page.getByRole('button', { name: '北学校避難所' }).click();
  await settled(page, '.details', /北24条西5丁目1/);
  await page.getByLabel('表の中を探す').fill('もみじ台');
  await settled(page, '.data-table tbody', /^(?!.*北学校).*遠くの避難所/);
  for (const [name, begins] of [['CSV', '\ufeff'], ['CSV（Shift_JIS、旧いExcel向け）', '']]) {
    const [file] = await Promise.all([page.waitForEvent('download'), page.locator('.downloads').getByRole('link', { name, exact: true }).click()]);
    const text = new TextDecoder(begins ? 'utf-8' : 'shift_jis', { ignoreBOM: true }).decode(readFileSync(await file.path()));
    check(text.startsWith(begins) && text.includes('北学校避難所') && /\r\n/.test(text), `${name} is not the table: ${text.slice(0, 200)}`);
  }
});

/** From the file to the data set as staff do it; `data`: what is typed in the last step. */
async function publish(page, file, data, looks = async () => {}) {
  await page.goto(`${url}/publish`);
  await page.locator('input[type=file]').setInputFiles(file);
  await page.locator('.steps').waitFor();
  await looks();
  await page.getByRole('button', { name: /点検/ }).first().click();
  await page.locator('#rows-title').waitFor();
  const all = page.getByRole('button', { name: /すべて直す/ });
  if (await all.count()) {
    await all.click();
    await settled(page, '.tools [role=status]', /直しました/);
  }
  await page.reload(); // what was done is kept
  await page.locator('#rows-title').waitFor();
  await page.locator('.steps button').last().click();
  await page.getByLabel('市町村').selectOption(data.publisher);
  await page.getByLabel('タイトル（日本語）').fill(data.title);
  await page.getByLabel(/アドレスに使う名前/).fill(data.name);
  for (const box of await page.locator('.metadata > .check input').all()) await box.check();
  await page.getByRole('button', { name: /^公開する/ }).click();
  await page.getByText('公開しました').waitFor();
  await page.getByRole('link', { name: '公開したデータセットを見る' }).click();
  await settled(page, 'h1', new RegExp(data.title));
}

await test('staff: a cell changed by keyboard, a new version, its difference', { settings: { language: 'ja', role: 'staff', municipality: asahikawa } }, async (page) => {
  await publish(page, { name: 'wifi.csv', mimeType: 'text/csv', buffer: Buffer.from('市区町村コード,NO,名称,住所,緯度,経度\n012041,1,駅前広場,旭川市宮下通8丁目,43.763,142.358\n012041,2,図書館,旭川市常磐公園,43.775,142.357\n') }, { publisher: asahikawa, title: '無線LANの見本', name: 'e2e-wifi' });
  await page.goto(`${url}/publish`);
  await page.locator('input[type=file]').setInputFiles({ name: 'wifi.csv', mimeType: 'text/csv', buffer: Buffer.from('市区町村コード,NO,名称,住所,緯度,経度\n012041,1,駅前広場,旭川市宮下通8丁目,43.763,142.358\n012041,2,図書館,旭川市常磐公園,43.775,142.357\n012041,3,市役所,旭川市6条通9丁目,43.771,142.365\n') });
  await page.locator('.steps').waitFor();
  await page.getByRole('button', { name: /点検/ }).first().click();
  await page.getByRole('button', { name: 'すべての行' }).click();
  const cell = page.getByRole('gridcell', { name: '図書館', exact: true });
  await cell.focus();
  await page.keyboard.press('Enter');
  await page.getByLabel('名称を直す').fill('中央図書館');
  await page.keyboard.press('Enter');
  await page.getByRole('gridcell', { name: '中央図書館', exact: true }).waitFor();
  await page.locator('.steps button').last().click();
  await page.getByLabel('タイトル（日本語）').fill('無線LANの見本');
  await page.getByLabel('市町村').selectOption(asahikawa);
  await page.getByLabel(/アドレスに使う名前/).fill('e2e-wifi');
  await settled(page, '#name-note', /新しい版/);
  for (const box of await page.locator('.metadata > .check input').all()) await box.check();
  await page.getByRole('button', { name: /^公開する/ }).click();
  await page.getByRole('link', { name: '公開したデータセットを見る' }).click();
  await settled(page, '[aria-labelledby=versions-title]', /追加 1、削除 0、変更 1、同じ 1.*図書館\s*→\s*中央図書館/);
});

const files = ['opendata/0062.csv', 'opendata/0081.csv', 'region/localgovjp-sjis-20200104.csv'].map((f) => path.join(shared, f));
if (files.every(existsSync)) {
  await test('staff: three files become open data, the score and the indicator follow', { settings: { language: 'ja', role: 'staff', municipality: obihiro } }, async (page) => {
    const counted = async () => (await get('/catalog/quality')).counted;
    const before = await counted();
    await publish(page, files[0], { publisher: obihiro, title: '医療機関一覧の見本', name: 'e2e-hospitals' }, () => settled(page, '.figures', /医療機関一覧/));
    check((await counted()) === before + 1, `${await counted()} municipalities publish, not ${before + 1}`);
    // The plan's indicator computes itself from the same.
    await page.waitForFunction(async (n) => JSON.stringify(await (await fetch('/ngsi-ld/v1/entities/urn:ngsi-ld:KeyPerformanceIndicator:open-data-municipalities?attrs=kpiValue')).json()).includes(`"value":${n},`), before + 1);
    await publish(page, files[1], { publisher: obihiro, title: 'イベント一覧の見本', name: 'e2e-events' }, () => settled(page, '.figures', /943/));
    await publish(page, files[2], { publisher: obihiro, title: '地方公共団体の位置', name: 'e2e-places' }, () => settled(page, 'main', /Shift_JIS/));
    await settled(page, '.data-table tbody', /北海道/);
    await page.goto(`${url}/quality`);
    await page.getByRole('link', { name: '帯広市のデータセット 3 件' }).click();
    await settled(page, '.dataset-list', /見本.*点/);
  });

} else {
  console.log(`skip    staff publish files: no data at ${shared} (set TSUNAGU_SHARED)`);
}
