// The page at "/" in a real browser, as a visitor sees it: desktop and phone, Japanese and English, mouse and keyboard.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, mkdirSync, rmSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const program = process.env.TSUNAGU ?? path.join(root, 'build/release/bin/tsunagu');
const axe = readFileSync(path.join(root, 'tests/e2e/node_modules/axe-core/axe.min.js'), 'utf8');
const pictures = process.env.PICTURES;  // a folder to keep screenshots in
if (pictures) mkdirSync(pictures, { recursive: true });

const folder = mkdtempSync(path.join(tmpdir(), 'tsunagu-e2e-'));
const server = spawn(program, ['serve', '--listen', '127.0.0.1:0', '--data', path.join(folder, 'data')], { stdio: ['ignore', 'ignore', 'pipe'] });
const url = await new Promise((resolve, reject) => {
  let log = '';
  server.stderr.on('data', (text) => {
    log += text;
    const found = log.match(/http:\/\/127\.0\.0\.1:\d+/);
    if (found) resolve(found[0]);
  });
  server.on('exit', () => reject(new Error('the server ended:\n' + log)));
});
execFileSync(path.join(root, 'scripts/load-region.sh'), [url], { env: { ...process.env, TSUNAGU: program, REGION: '' }, stdio: 'ignore' });

let passed = 0, failed = 0;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
async function test(name, { width = 1280, height = 900, locale = 'ja-JP', colorScheme = 'light' }, body) {
  const context = await browser.newContext({ viewport: { width, height }, locale, colorScheme, reducedMotion: 'reduce' });
  const page = await context.newPage();
  const problems = [];
  // What nothing is remembered of has no history: 404, which the browser reports although the page expects it.
  page.on('console', (m) => { if (m.type() === 'error' && !/\/temporal\//.test(m.location().url)) problems.push(m.text()); });
  page.on('pageerror', (e) => problems.push(String(e)));
  page.on('request', (r) => { if (!r.url().startsWith(url) && !r.url().startsWith('data:')) problems.push('asked another host: ' + r.url()); });
  try {
    await page.goto(url + '/');
    await page.waitForFunction(() => document.querySelectorAll('#rows tr').length > 0);
    await body(page);
    if (pictures) await page.screenshot({ path: path.join(pictures, `${name.replace(/\W+/g, '-')}.png`), fullPage: true });
    if (problems.length) throw new Error(problems.join('\n'));
    passed++;
    console.log(`ok      ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${name}: ${error.message}`);
  } finally {
    await context.close();
  }
}
const check = (holds, text) => { if (!holds) throw new Error(text); };

await test('shows the municipalities with counts', {}, async (page) => {
  const text = await page.locator('#counts').innerText();
  check(/179/.test(text) && /市町村/.test(text), `counts read: ${text}`);
  check((await page.locator('#shown').innerText()).includes('179'), 'the map does not say 179');
  const first = await page.locator('#rows tr').first().innerText();
  check(first.includes('札幌市'), `the largest municipality first, not ${first}`);
  const colours = await page.evaluate(() => {
    const c = document.getElementById('map'), d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data, seen = new Set();
    for (let i = 0; i < d.length; i += 4 * 97) seen.add(`${d[i]},${d[i + 1]},${d[i + 2]}`);
    return seen.size;
  });
  check(colours > 8, `the map is empty: ${colours} colours`);
});
await test('opens the details of a municipality', {}, async (page) => {
  await page.locator('#rows tr button').first().click();
  await page.locator('#details').waitFor({ state: 'visible' });
  check((await page.locator('#details-title').innerText()).includes('札幌市'), 'wrong details');
  await page.locator('#details summary').click();
  const entity = JSON.parse(await page.locator('#details-json').innerText());
  check(entity.type === 'Municipality', `normalized JSON of ${entity.type}`);
  await page.keyboard.press('Escape');
  check(!(await page.locator('#details').isVisible()), 'Escape does not close');
});
await test('finds a town by name', {}, async (page) => {
  await page.fill('#search', '泊村');
  await page.waitForFunction(() => document.querySelectorAll('#rows tr').length === 1);
  await page.fill('#search', 'zzzz');
  await page.waitForFunction(() => document.querySelectorAll('#rows tr').length === 0);
  check((await page.locator('#shown').innerText()).includes('ありません'), 'an empty result says nothing');
});
await test('speaks English', { locale: 'en-GB' }, async (page) => {
  check((await page.locator('h1').innerText()) === 'One living picture of a region.', 'not English');
  check((await page.locator('#counts').innerText()).includes('Municipalities'), 'type names not English');
  await page.locator('#language').click();
  check((await page.locator('h1').innerText()).includes('つなぐ'), 'does not change to Japanese');
  check((await page.getAttribute('html', 'lang')) === 'ja', 'lang attribute');
});
await test('a new entity appears without reloading', {}, async (page) => {
  await page.evaluate(() => fetch('/ngsi-ld/v1/entities', {
    method: 'POST', headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ id: 'urn:ngsi-ld:Snowplough:1', type: 'Snowplough', waterLevel: 1.2, location: { type: 'Point', coordinates: [142, 43.3] } }),
  }));
  await page.waitForFunction(() => document.getElementById('counts').textContent.includes('Snowplough'), undefined, { timeout: 20000 });
  await page.selectOption('#layer', 'Snowplough');
  await page.waitForFunction(() => document.querySelectorAll('#rows tr').length === 1);
});
await test('the map obeys the keyboard', {}, async (page) => {
  await page.focus('#map');
  const picture = () => page.evaluate(() => document.getElementById('map').toDataURL());
  const before = await picture();
  await page.keyboard.press('+');
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  check((await picture()) !== before, 'zooming changes nothing');
});
/// A water gauge of the test's own, chosen in the chart.
const gauge = async (page, name) => {
  await page.evaluate((n) => fetch('/ngsi-ld/v1/entities', {
    method: 'POST', headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ id: `urn:ngsi-ld:WaterGauge:${n}`, type: 'WaterGauge', name: n, waterLevel: { type: 'Property', value: 1.25, unitCode: 'MTR' } }),
  }), name);
  await page.waitForFunction(() => [...document.getElementById('chart-type').options].some((o) => o.value === 'WaterGauge'), undefined, { timeout: 20000 });
  await page.selectOption('#chart-type', 'WaterGauge');
  await page.selectOption('#chart-entity', `urn:ngsi-ld:WaterGauge:${name}`);
  await page.waitForFunction((n) => document.getElementById('chart').getAttribute('aria-label').includes(n), name);
};
const patch = (page, name, value) => page.evaluate(async ([n, v]) => {
  const path = `/ngsi-ld/v1/entities/urn:ngsi-ld:WaterGauge:${n}/attrs/waterLevel`, headers = { 'Content-Type': 'application/json' };
  return (await fetch(path, { method: 'PATCH', headers, body: JSON.stringify({ value: v }) })).status;
}, [name, value]);
const rows = (page) => page.locator('#chart-rows tr').count();
await test('the chart shows a number and grows as it changes', {}, async (page) => {
  await gauge(page, 'Toyohira');
  const before = await rows(page);
  check((await page.locator('#chart-try-line pre').innerText()).includes('WaterGauge:Toyohira/attrs/waterLevel'), 'no command to try');
  for (const value of [1.31, 1.47, 2.02]) check((await patch(page, 'Toyohira', value)) === 204, 'the value cannot be changed');
  await page.waitForFunction((n) => document.querySelectorAll('#chart-rows tr').length === n + 3, before);
  check((await page.locator('#chart-rows tr').first().innerText()).includes('2.02 m'), 'the newest is not first');
  await page.waitForFunction((n) => document.querySelectorAll('#chart .dot-small').length === n + 3, before);
  check((await page.getAttribute('#chart', 'aria-label')).includes('2.02 m'), 'the label does not tell the latest value');
  const ticker = page.locator('#ticker li').first();
  await page.waitForFunction(() => document.getElementById('ticker').textContent.includes('2.02'));
  check(/更新.*水位計.*Toyohira.*水位 2.02/s.test(await ticker.innerText()), `the ticker says ${await ticker.innerText()}`);
});
await test('the chart obeys the keyboard', {}, async (page) => {
  await gauge(page, 'Ishikari');
  await page.focus('#chart');
  await page.keyboard.press('End');
  const last = await page.locator('#chart-reading').textContent();
  check(last.includes('m'), `it reads ${last}`);
  await page.keyboard.press('Home');
  check((await page.locator('#chart-reading').textContent()).includes('1.25 m'), 'Home does not lead to the first value');
  check(await page.locator('#chart .chosen-point').count() === 1, 'the point is not shown');
  await page.keyboard.press('Escape');
  check(await page.locator('#chart .chosen-point').count() === 0, 'Escape does not leave');
});
await test('the ticker can be paused', {}, async (page) => {
  await gauge(page, 'Teshio');
  await page.click('#ticker-pause');
  check((await page.getAttribute('#ticker-pause', 'aria-pressed')) === 'true', 'not pressed');
  const before = await rows(page), ticker = await page.locator('#ticker').innerText();
  await patch(page, 'Teshio', 3.5);
  await page.waitForFunction((n) => document.querySelectorAll('#chart-rows tr').length > n, before);  // the chart goes on
  check((await page.locator('#ticker').innerText()) === ticker, 'the ticker goes on');
  await page.click('#ticker-pause');
  await page.waitForFunction(() => document.getElementById('live-dot').className.includes('good'));
});
await test('details lead to the history', {}, async (page) => {
  await page.fill('#search', '函館市');
  await page.waitForFunction(() => document.querySelectorAll('#rows tr').length === 1);
  await page.locator('#rows tr button').first().click();
  await page.locator('#details').waitFor({ state: 'visible' });
  await page.getByRole('button', { name: '人口：推移を見る' }).click();
  await page.waitForFunction(() => document.getElementById('chart').getAttribute('aria-label').includes('函館市の人口'));
});
await test('fits a phone', { width: 390, height: 844 }, async (page) => {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  check(wide <= 390, `the page is ${wide} wide`);
});
await test('dark', { colorScheme: 'dark' }, async (page) => {
  check((await page.evaluate(() => getComputedStyle(document.body).backgroundColor)) === 'rgb(15, 24, 30)', 'not dark');
});
for (const colorScheme of ['light', 'dark']) {
  await test(`accessible, ${colorScheme}`, { colorScheme }, async (page) => {
    await page.locator('#rows tr button').first().click();
    await page.locator('#details').waitFor({ state: 'visible' });
    await page.waitForFunction(() => document.querySelectorAll('#chart-rows tr').length && document.querySelectorAll('#ticker li').length === 0);
    await patch(page, 'Teshio', 4);
    await page.waitForFunction(() => document.querySelectorAll('#ticker li').length > 0);
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }));
    check(!violations.length, violations.map((v) => `${v.id}: ${v.help} (${v.nodes.slice(0, 3).map((n) => n.html).join(' ')})`).join('\n'));
  });
}
await browser.close();
server.removeAllListeners('exit');
const ended = new Promise((resolve) => server.on('exit', resolve));
server.kill('SIGTERM');
if ((await ended) !== 0) { failed++; console.log('FAILED  the server did not end cleanly'); }
rmSync(folder, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
