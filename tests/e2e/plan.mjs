// The plan: who reads it, who steers by it, who enters its values.
import { check, send, test, url } from './program.mjs';

const settled = (page, selector, pattern) => page.waitForFunction(([s, p]) => new RegExp(p, 's').test(document.querySelector(s)?.textContent ?? ''), [selector, pattern.source]);
const sapporo = 'urn:ngsi-ld:Municipality:011002';

await test('a visitor reads the plan: figures, where they come from, versions, reports', { at: '/plan' }, async (page) => {
  await settled(page, 'main', /北海道ICT利活用推進計画.*輝きつづける北海道.*生活・安心.*人・地域/);
  const card = (name) => page.locator('.indicator', { hasText: name }).innerText();
  for (const [name, ...parts] of [['マイナンバーカードの普及率', '13.5 %', 'データから計算', '717,047 ÷ 5,304,413', '84.3 %'], ['公衆無線LAN', '1,527 か所', '入力', '92.1 %', '2019年9月'],
    ['オープンデータに取り組む', '37 市町村', '入力', '20.6 %'], ['ブロードバンド', '157.5 %', '112.5 %'], ['クラウド化', '103.4 %'], ['教育用コンピュータ', '4.9 人', 'ー', 'あと 1.3 人']]) {
    const text = await card(name);
    for (const part of parts) check(text.includes(part), `${name}: ${part} is not in ${text}`);
  }
  await settled(page, '.versions', /北海道ICT利活用推進計画.*北海道Society5.0推進計画.*16\.0 %.*全国平均/);
  await page.getByRole('button', { name: '北海道Society5.0推進計画' }).click();
  await settled(page, 'h1', /Society5.0推進計画/);
  await page.goBack();
  const link = await page.locator('.plan-links a', { hasText: 'PDF' }).getAttribute('href');
  const report = await fetch(url + link);
  check(report.status === 200 && report.headers.get('content-type') === 'application/pdf', `the report is ${report.status}`);
});

await test('an analyst reads the indicator history', {}, async (page) => {
  // A year of one municipality's cards comes in: the indicator follows by itself, at each date.
  for (const [day, value] of [['2020-05-01', 300_000], ['2020-06-01', 350_000]]) {
    check((await send('PATCH', `/ngsi-ld/v1/entities/${sapporo}/attrs/myNumberCardsIssued`, { value, observedAt: `${day}T00:00:00Z` })) === 204, 'the cards cannot be changed');
  }
  await page.goto(`${url}/plan`);
  await page.getByRole('link', { name: 'マイナンバーカードの普及率' }).click();
  await settled(page, '.indicator-value', /15\.0 %/); // 797,165 of 5,304,413
  await settled(page, '#plan-history ~ .stack .table-box', /2020\/06\/01.*15\.0 %.*93\.7 %.*2020\/05\/01.*14\.1 %.*2020\/04\/01.*13\.5 %.*84\.3 %/);
  await page.locator('.chart polyline.curve-0').first().waitFor();
  await page.focus('.chart-plot');
  await page.keyboard.press('Home');
  await settled(page, '.chart-reading', /13\.5/);
  await settled(page, '.map-table', /札幌市17\.9/);
  await settled(page, 'pre.json', /myNumberCardsPopulation/);
});

await test('staff enter a value and take it back', { at: '/plan/edit?indicator=public-wifi', settings: { language: 'ja', role: 'staff' } }, async (page) => {
  const value = page.getByLabel('値 か所'), shown = () => fetch(`${url}/ngsi-ld/v1/entities/urn:ngsi-ld:KeyPerformanceIndicator:public-wifi`).then((r) => r.json());
  await value.fill('１，７００');
  await page.getByLabel('いつの値か').fill('2020-09-30');
  await page.getByLabel('出典').fill('道の調査');
  await page.getByRole('button', { name: '保存' }).first().click();
  await settled(page, '.card', /1,700 か所.*道の調査/);
  check((await shown()).kpiValue.value === 1700, 'the value is not in the graph');
  await page.getByLabel('目標 か所').fill('2000');
  await page.getByRole('button', { name: '保存' }).last().click();
  await settled(page, '.card:last-child', /2,000 か所/);
  for (let i = 0; i < 2; i++) {
    await page.getByRole('button', { name: '直前の変更を取り消す' }).click();
    await settled(page, '.edit-bar', /取り消しました/);
  }
  await settled(page, '.card', /1,527 か所.*2019年9月/);
  const after = await shown();
  check(after.kpiValue.value === 1527 && after.target.value === 1657, `not taken back: ${JSON.stringify([after.kpiValue, after.target])}`);
  const past = await (await fetch(`${url}/ngsi-ld/v1/temporal/entities/urn:ngsi-ld:KeyPerformanceIndicator:public-wifi?attrs=kpiValue`)).json();
  check([past.kpiValue].flat().every((v) => v.value === 1527), 'what was taken back is still remembered');
});

await test('the map by official outlines, where they are', { at: '/map' }, async (page) => {
  const outlines = await (await fetch(`${url}/ngsi-ld/v1/entities?type=Municipality&q=boundary&limit=0&count=true`)).headers.get('NGSILD-Results-Count');
  if (outlines === '0') return; // without the shared data: the schematic
  await page.waitForFunction(() => document.querySelector('.map canvas')?.engine?.picture.land.filter((l) => l.rings).length === 185);
  const at = await page.evaluate(() => { // far from any office, in the widest of the towns
    const { engine } = document.querySelector('.map canvas'), land = engine.picture.land.find((l) => l.name === '足寄町'), { view, size } = engine;
    return [size.width / 2 + (land.cell.at[0] - view.x) * view.scale, size.height / 2 + (land.cell.at[1] - 12 - view.y) * view.scale];
  });
  await page.locator('.map canvas').click({ position: { x: at[0], y: at[1] } });
  await settled(page, '.details', /足寄町/);
});
