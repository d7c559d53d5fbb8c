// The portal in a real browser, as people see it: search, map, data, history, live changes, roles, languages, keyboard.
import { check, send, test, url } from './program.mjs';

const text = (page, selector) => page.locator(selector).first().innerText();
const settled = (page, selector, pattern) => page.waitForFunction(([s, p]) => new RegExp(p, 's').test(document.querySelector(s)?.textContent ?? ''), [selector, pattern.source]);
const gauge = (name, value = 1.25) => send('POST', '/ngsi-ld/v1/entities', { id: `urn:ngsi-ld:WaterGauge:${name}`, type: 'WaterGauge', name, waterLevel: { type: 'Property', value, unitCode: 'MTR' } });
const patch = (name, value) => send('PATCH', `/ngsi-ld/v1/entities/urn:ngsi-ld:WaterGauge:${name}/attrs/waterLevel`, { value });
const sapporo = 'urn:ngsi-ld:Municipality:011002';

await test('a visitor sees what is here and the map', {}, async (page) => {
  await settled(page, '.counts', /市町村179/);
  await page.locator('.map canvas').waitFor();
  await page.waitForFunction(() => document.querySelector('.map canvas')?.engine?.picture.fill.size === 179);
  await page.evaluate(() => document.querySelector('.map canvas').engine.paintNow());
  const colours = await page.evaluate(() => {
    const c = document.querySelector('.map canvas'), d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data, seen = new Set();
    for (let i = 0; i < d.length; i += 4 * 97) seen.add(`${d[i]},${d[i + 1]},${d[i + 2]}`);
    return seen.size;
  });
  check(colours > 8, `the map is empty: ${colours} colours`);
  check((await page.locator('.legend li').count()) === 5, 'no legend of five classes');
});

await test('a visitor searches, reads and comes back', {}, async (page) => {
  await page.fill('#home-search', 'さっぽろ');
  await page.keyboard.press('Enter');
  await settled(page, '.results', /札幌市/);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await settled(page, 'h1', /札幌市/);
  check((await page.title()).startsWith('札幌市'), `the title is ${await page.title()}`);
  await page.goBack();
  await settled(page, '.results', /札幌市/);
});

await test('search understands languages, readings, kinds and ids, and says when there is nothing', { at: '/search' }, async (page) => {
  for (const [typed, found] of [['hakodate', '函館市'], ['ハコダテ', '函館市'], ['振興局 石狩', '石狩振興局'], ['013676', '奥尻町']]) {
    await page.fill('#search-text', typed);
    await page.waitForURL((at) => at.searchParams.get('q') === typed);
    await settled(page, '.results', new RegExp(found));
  }
  // Who goes on typing while an answer arrives loses no letter.
  for (const letter of 'おくしりちょう') {
    await page.locator('#search-text').pressSequentially(letter);
    await page.waitForURL((at) => at.searchParams.get('q')?.endsWith(letter) ?? false);
  }
  check((await page.inputValue('#search-text')).endsWith('おくしりちょう'), 'typing lost letters');
  await page.fill('#search-text', 'zzzz');
  await settled(page, '.empty', /見つかりませんでした/);
  await page.fill('#search-text', '');
  await page.getByRole('combobox', { name: '種類' }).selectOption('Municipality');
  await settled(page, '.result-count', /179 件/);
  await page.getByRole('button', { name: '次へ' }).click();
  await settled(page, '.pager', /2 \/ 9/);
  check(page.url().includes('page=2'), 'the address does not keep the page');
});

await test('places near me', {}, async (page) => {
  await send('POST', '/ngsi-ld/v1/entities', { id: 'urn:ngsi-ld:Shelter:near', type: 'Shelter', name: '駅前避難所', address: '札幌市北区北6条西4', refMunicipality: { type: 'Relationship', object: sapporo }, location: { type: 'Point', coordinates: [141.351, 43.0687] } });
  await send('POST', '/ngsi-ld/v1/entities', { id: 'urn:ngsi-ld:Shelter:far', type: 'Shelter', name: '遠い避難所', refMunicipality: { type: 'Relationship', object: sapporo }, location: { type: 'Point', coordinates: [141.45, 43.0687] } });
  await page.reload();
  await page.getByRole('button', { name: '現在地から探す' }).click();
  await settled(page, '.near-list', /駅前避難所約 20 m.*遠い避難所約 8.1 km/);
});

await test('the map: layers, details, table, keyboard', { at: '/map' }, async (page) => {
  await settled(page, '.map-table', /札幌市/);
  await page.getByRole('button', { name: '名前' }).click();
  check((await page.locator('th[aria-sort=ascending]').innerText()).includes('名前'), 'the table is not sorted by name');
  await page.locator('.map-table a').first().click();
  await page.locator('.details h2').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('.details').waitFor({ state: 'detached' });
  await page.focus('.map canvas');
  const scale = () => page.evaluate(() => document.querySelector('.map canvas').engine.view.scale);
  const before = await scale();
  await page.keyboard.press('+');
  check((await scale()) > before, 'the key + does not zoom');
  await page.keyboard.press('0');
  await page.getByLabel('指定避難所').check();
  await settled(page, '.map-table', /駅前避難所/);
  // A click on the point opens it.
  const at = await page.evaluate(() => {
    const { engine } = document.querySelector('.map canvas');
    engine.showAll([[-127.5, 35], [-115, 40]]);
    engine.paintNow();
    const mark = engine.picture.marks.find((m) => m.name === '駅前避難所'), { view, size } = engine;
    return [size.width / 2 + (mark.at[0] - view.x) * view.scale, size.height / 2 + (mark.at[1] - view.y) * view.scale];
  });
  await page.locator('.map canvas').click({ position: { x: at[0], y: at[1] } });
  await settled(page, '.details', /駅前避難所/);
  // What is new appears by itself.
  await send('POST', '/ngsi-ld/v1/entities', { id: 'urn:ngsi-ld:Shelter:new', type: 'Shelter', name: 'あたらしい避難所', location: { type: 'Point', coordinates: [143, 43.5] } });
  await settled(page, '.map-table', /あたらしい避難所/);
});

await test('the map goes back in time', { at: '/map?colour=population' }, async (page) => {
  await send('PATCH', `/ngsi-ld/v1/entities/${sapporo}/attrs/population`, { value: 1_970_000, observedAt: '2024-01-01T00:00:00Z' });
  await page.reload();
  await settled(page, '.map-table', /1,970,000/);
  await page.getByLabel('過去をたどる').check();
  const slider = page.getByRole('slider');
  await slider.focus();
  await page.keyboard.press('Home');
  await settled(page, '.map-table', /1,955,457/);
  await page.getByLabel('単位あたり').selectOption('area');
  await settled(page, '.legend', /1 km²あたり/);
});

await test('an entity: facts, relations, history, JSON in every representation, the call', { at: `/explore/${sapporo}` }, async (page) => {
  await settled(page, '.facts', /石狩振興局/);
  await settled(page, '.ties', /← 振興局/);
  await page.locator('#history-title ~ .tools select').selectOption('population');
  await settled(page, '.chart-plot svg', /2020|2022|2024/);
  await page.getByText('JSONを表示').click();
  for (const [form, sign] of [['標準', '"type": "Property"'], ['値のみ', '"category": "city"'], ['GeoJSON', '"type": "Feature"'], ['履歴', '"values"']]) {
    await page.getByRole('button', { name: form }).click();
    await settled(page, 'pre.json', new RegExp(sign));
  }
  await page.locator('.copy button').last().click();
  check((await page.evaluate(() => navigator.clipboard.readText())).startsWith(`curl -s '${url}/ngsi-ld/v1/`), 'the call is not copied');
});

await test('what is not here says so', { at: '/explore/urn:ngsi-ld:Nothing:1', expects: /Nothing:1|404/ }, async (page) => {
  await settled(page, '.failure', /見つかりません/);
});

await test('the chart grows as a value changes and obeys the keyboard', {}, async (page) => {
  await gauge('Toyohira');
  await gauge('Ishikari', 0.4);
  await page.goto(`${url}/history?s=urn:ngsi-ld:WaterGauge:Toyohira+waterLevel&s=urn:ngsi-ld:WaterGauge:Ishikari+waterLevel`);
  await settled(page, '.table-box', /1.25 m/);
  await page.locator('.dot.good').waitFor();
  for (const value of [1.31, 1.47, 2.02]) check((await patch('Toyohira', value)) === 204, 'the value cannot be changed');
  await settled(page, '.table-box', /2.02 m.*1.47 m.*1.31 m/);
  check((await page.locator('.chart .curve-1').count()) > 0, 'no second line to compare with');
  await page.focus('.chart-plot');
  await page.keyboard.press('Home');
  await settled(page, '.chart-reading', /0.4 m|1.25 m/);
  await page.keyboard.press('+');
  check(await page.getByRole('button', { name: '全体を表示' }).isEnabled(), 'the key + does not zoom');
  await page.getByRole('button', { name: '全体を表示' }).click();
  await page.getByLabel('最初の値を100%').check();
  await settled(page, '.table-box', /161.6 %/);
  check((await text(page, '.copy pre')).includes('WaterGauge:Toyohira'), 'no call to copy');
});

await test('live: counts and changes arrive, and can be stopped', { at: '/live' }, async (page) => {
  await page.locator('.dot.good').waitFor();
  await gauge('Teshio', 3);
  await settled(page, '.ticker', /登録.*水位計.*Teshio/);
  await patch('Teshio', 3.2);
  await settled(page, '.ticker', /更新.*水位計.*Teshio.*水位 3.2/);
  await settled(page, '.counts', /水位計3/);
  await page.getByRole('button', { name: '一時停止' }).click();
  await patch('Teshio', 9.9);
  await page.getByRole('button', { name: '再開' }).click();
  await page.locator('.dot.good').waitFor();
  check(!(await text(page, '.ticker')).includes('9.9'), 'it does not stop');
});

await test('a resident: figures and places of refuge', { settings: { language: 'ja', role: 'resident', municipality: sapporo } }, async (page) => {
  await settled(page, 'h1', /札幌市のくらし/);
  await settled(page, '.figures', /人口/);
  await page.getByLabel('住所や近くの施設名').fill('北6条');
  await page.keyboard.press('Enter');
  await settled(page, '.near-list', /駅前避難所/);
  await settled(page, 'main', /ヒグマがいないという意味ではありません/);
});

await test('staff: what is known of the municipality, and a correction', { settings: { language: 'ja', role: 'staff', municipality: sapporo } }, async (page) => {
  await settled(page, 'table', /指定避難所2/);
  await settled(page, '.bars', /住所.*50 %/);
  await page.goto(`${url}/explore/urn:ngsi-ld:Shelter:near`);
  await page.getByRole('button', { name: '住所を直す' }).click();
  await page.getByLabel('住所を直す').fill('札幌市北区北6条西5');
  await page.getByRole('button', { name: '保存' }).click();
  await settled(page, '.facts', /西5/);
});

await test('an operator: state, subscriptions, notices given up', { settings: { language: 'ja', role: 'operator' } }, async (page) => {
  await settled(page, '.state', /正常に動いています/);
  await send('POST', '/ngsi-ld/v1/subscriptions', { id: 'urn:ngsi-ld:Subscription:s1', type: 'Subscription', subscriptionName: '水位の通知', entities: [{ type: 'WaterGauge' }], notification: { endpoint: { uri: 'http://127.0.0.1:9/' } } });
  await page.reload();
  await settled(page, 'table', /水位の通知.*有効/);
  await page.getByRole('button', { name: '一時停止' }).click();
  await settled(page, 'table', /停止中/);
});

await test('languages: switched, remembered, said', { locale: 'en-GB' }, async (page) => {
  check((await text(page, 'h1')) === 'One living picture of a region.', 'not English');
  await page.getByRole('button', { name: 'やさしい日本語' }).click();
  await settled(page, 'h1', /まちの「いま」が/);
  check((await page.getAttribute('html', 'lang')) === 'ja-simple', 'lang attribute');
  check((await page.locator('ruby rt').count()) > 5, 'no readings');
  await page.reload();
  await settled(page, 'h1', /まちの「いま」が/);
  await page.getByRole('button', { name: '日本語', exact: true }).click();
  await page.waitForFunction(() => document.documentElement.lang === 'ja');
});

await test('the keyboard leads everywhere', {}, async (page) => {
  await page.keyboard.press('Tab');
  check((await page.evaluate(() => document.activeElement.className)) === 'skip', 'the first stop is not the skip link');
  await page.keyboard.press('Enter');
  check((await page.evaluate(() => document.activeElement.id)) === 'main', 'it does not skip');
  await page.keyboard.press('?');
  await page.locator('dialog[open]').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('g');
  await page.keyboard.press('m');
  await settled(page, 'h1', /地図/);
  check((await page.evaluate(() => document.activeElement.id)) === 'main', 'the focus does not follow to the page');
});

await test('settings: dark, larger, remembered', { at: '/settings' }, async (page) => {
  await page.getByRole('button', { name: '暗い' }).click();
  await page.getByRole('button', { name: 'とても大きい' }).click();
  await page.reload();
  await page.locator('main h1').waitFor();
  const [theme, size] = await page.evaluate(() => [document.documentElement.dataset.theme, getComputedStyle(document.documentElement).fontSize]);
  check(theme === 'dark' && size === '22px', `theme ${theme}, letters ${size}`);
});
