// Devices: simulated ones on the list and the map; one is registered by the code on it, sends, and is seen; payloads on the bench; a rule from the form to what it did.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { accessible, check, root, send, test, url } from './program.mjs';

const simulator = process.env.TSUNAGU_SIM ?? path.join(root, 'build/release/bin/tsunagu-sim');
/** However long it takes on a slow machine. */
const settled = (page, selector, pattern) => page.waitForFunction(([s, p]) => new RegExp(p, 's').test(document.querySelector(s)?.textContent ?? ''), [selector, pattern.source], { timeout: 60_000 });
/** Another part of the program works meanwhile: asked until it is so. */
async function eventually(otherwise, holds) {
  for (const until = Date.now() + 60_000; Date.now() < until;) if (await holds()) return;
  throw new Error(otherwise);
}
const staff = { language: 'ja', role: 'staff' };
execFileSync(simulator, ['run', '--to', url, '--devices', '100', '--cold-july', '--start', '2026-07-08T15:00:00Z', '--until', '2026-07-08T18:00:00Z', '--speed', '3600'], { cwd: root, stdio: 'ignore' });

const { code: encoder } = createRequire(path.join(root, 'web/package.json'))('esbuild').transformSync(readFileSync(path.join(root, 'web/src/ui/qr.ts'), 'utf8'), { loader: 'ts' });
const { qr } = await import(`data:text/javascript,${encodeURIComponent(encoder)}`);
const decoder = createRequire(import.meta.url).resolve('jsqr');

/** This machine's browser has no camera and no reader of codes, as a phone has: a camera that looks at the code, askew, and a reader by others. */
async function camera(page, rows) {
  await page.addInitScript({ path: decoder });
  await page.addInitScript((modules) => {
    const seen = () => Object.assign(document.createElement('canvas'), { width: 640, height: 480 });
    navigator.mediaDevices.getUserMedia = () => {
      const picture = seen(), g = picture.getContext('2d'), size = 7;
      setInterval(() => {
        g.setTransform(1, 0, 0, 1, 0, 0);
        g.fillStyle = '#b8b4a8';
        g.fillRect(0, 0, 640, 480);
        g.setTransform(Math.cos(0.15), Math.sin(0.15), -Math.sin(0.15), Math.cos(0.15), 330, 240);
        g.translate((-modules.length * size) / 2, (-modules.length * size) / 2);
        g.fillStyle = '#fff';
        g.fillRect(-4 * size, -4 * size, (modules.length + 8) * size, (modules.length + 8) * size);
        g.fillStyle = '#222';
        modules.forEach((row, y) => row.forEach((dark, x) => dark && g.fillRect(x * size, y * size, size, size)));
      }, 50);
      return Promise.resolve(picture.captureStream(20));
    };
    window.BarcodeDetector = class {
      detect(video) {
        const g = seen().getContext('2d');
        g.drawImage(video, 0, 0);
        const found = window.jsQR(g.getImageData(0, 0, 640, 480).data, 640, 480);
        return Promise.resolve(found?.data ? [{ rawValue: found.data }] : []);
      }
    };
  }, rows);
}

await test('simulated devices are on the list and say what they are', { at: '/devices', settings: staff }, async (page) => {
  await settled(page, '.result-count', /\d+ 台/);
  await page.getByLabel('機器や対象の名札（ID）').fill('sim-paddy');
  await page.getByRole('button', { name: '検索', exact: true }).click();
  await settled(page, 'table.devices', /水田の水位計と給水ゲート 1（シミュレーション）.*シミュレーション.*(正常|範囲外|途絶|遅れ)/);
  await accessible(page);
  await page.getByRole('button', { name: '地図' }).click();
  await page.waitForFunction(() => document.querySelector('.map canvas')?.engine?.picture.marks.length >= 4);
  await accessible(page);
  await page.getByRole('button', { name: '一覧' }).click();
  await page.getByRole('link', { name: /水田の水位計と給水ゲート 1（/ }).click();
  await settled(page, 'h1', /シミュレーション/);
  await settled(page, 'main', /この機器は本物ではありません.*いまの値.*水位.*cm.*良好/);
  await page.locator('.chart polyline.curve-0').first().waitFor();
  await page.locator('.qr-label svg path').waitFor();
  await accessible(page);
});

await test('buses move on the map while one looks, and it says that they are simulated', { at: '/map?type=Vehicle', settings: staff }, async (page) => {
  const ride = (...hours) => execFileSync(simulator, ['run', '--to', url, '--devices', '100', '--start', `2026-07-08T${hours[0]}:00Z`, '--until', `2026-07-08T${hours[1]}:00Z`, '--speed', '3600'], { cwd: root, stdio: 'ignore' });
  const places = () => JSON.stringify(document.querySelector('.map canvas')?.engine?.picture.marks.map((m) => [m.id, ...m.at]));
  ride('23:00', '23:10');
  await page.waitForFunction(() => document.querySelector('.map canvas')?.engine?.picture.marks.length >= 10, null, { timeout: 60_000 });
  const before = await page.evaluate(places);
  ride('23:10', '23:20');
  await page.waitForFunction((was) => JSON.stringify(document.querySelector('.map canvas').engine.picture.marks.map((m) => [m.id, ...m.at])) !== was, before, { timeout: 60_000 });
  await settled(page, 'main', /バス \d+（シミュレーション）/);
  await accessible(page);
});

await test('a device is registered by the QR code on it, sends, and is seen at once', { at: '/devices/add', settings: staff }, async (page) => {
  await camera(page, qr(`${url}/devices/add?group=e2e&address=A7&name=${encodeURIComponent('門前の水位計')}&serialNumber=SN-7`));
  await page.reload();
  check(await page.evaluate(() => document.featurePolicy.allowsFeature('camera')), 'the page may not use the camera');
  await page.getByRole('button', { name: 'カメラで読む' }).click();
  await settled(page, 'main', /コードから読み取りました/);
  check(await page.getByLabel('機器アドレス').inputValue() === 'A7', 'the address is not read');
  await accessible(page);
  await page.getByRole('button', { name: '登録する', exact: true }).click();
  await settled(page, 'main', /登録しました.*一度だけ/);
  await accessible(page);
  const key = (await page.locator('.copy pre').first().innerText()).trim();
  await page.getByRole('link', { name: '機器のページへ' }).click();
  await settled(page, 'main', /まだ値が届いていません/);
  const say = (body) => fetch(`${url}/iot/json?k=e2e&i=A7`, { method: 'POST', headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` }, body: JSON.stringify(body) }).then((r) => r.status);
  check((await say({ waterLevel: 4.2, waterTemperature: 18.5 })) === 200, 'the value is not taken');
  await settled(page, 'main', /水位4\.2.*良好/);
  const curve = page.locator('.chart polyline.curve-0'), points = () => curve.evaluate((line) => line.points.length);
  check((await say({ waterLevel: 5.1 })) === 200, 'the second value is not taken');
  await settled(page, 'main', /水位5\.1/);
  await curve.waitFor();
  const before = await points();
  check((await say({ waterLevel: 5.6 })) === 200, 'the third value is not taken');
  await page.waitForFunction((n) => document.querySelector('.chart polyline.curve-0')?.points.length > n, before);
  await page.getByLabel('したこと').fill('電池を替えた');
  await page.getByRole('button', { name: '記録する' }).click();
  await settled(page, '.log', /電池を替えた/);
});

await test('without a camera the text of a code does; one that is none is told', { at: '/devices/add', settings: staff }, async (page) => {
  await page.getByLabel('コードの文字').fill('{"group": "e2e", "address": "A8"}');
  await page.getByRole('button', { name: '読み取る' }).click();
  await settled(page, 'main', /コードから読み取りました/);
  check(await page.getByLabel('機器アドレス').inputValue() === 'A8', 'the address is not read');
  await page.getByLabel('コードの文字').fill('WIFI:S:net;;');
  await page.getByRole('button', { name: '読み取る' }).click();
  await settled(page, 'main', /機器のコードではありません/);
});

await test('a payload on the bench becomes an entity', { at: '/devices/mappings', settings: staff, expects: /\/things\/mappings\/trial/ }, async (page) => {
  await page.getByRole('button', { name: '試す' }).click();
  await settled(page, 'main', /読み取れた値（2）.*waterLevel.*8\.4992.*できるエンティティ.*"observedAt": "2026-07-09T03:00:00Z"/);
  await accessible(page);
  await page.getByLabel('読み方').selectOption('ultralight');
  await page.getByRole('button', { name: '試す' }).click();
  await settled(page, 'main', /読み取れた値（2）.*waterTemperature.*18\.2/);
  await page.getByLabel('読み方').selectOption('mapping');
  await page.getByLabel('変換の定義', { exact: true }).fill('[[reading]]\nname = 5\n');
  await page.getByRole('button', { name: '試す' }).click();
  await page.locator('.failure').waitFor();
});

await test('a rule: written in the form, tried on history, switched on, its command executed, its reason told', { at: '/rules', settings: staff, expects: /\/automation\/rules\/e2e-fill/ }, async (page) => {
  const entity = (id, type, rest) => send('POST', '/ngsi-ld/v1/entities', { id, type, ...rest });
  check((await entity('urn:ngsi-ld:Device:e2e:gate-1', 'Device', { name: '門前のゲート', serviceGroup: 'e2e', deviceAddress: 'gate-1', commands: ['gate'] })) === 201, 'no gate');
  check((await entity('urn:ngsi-ld:AgriParcel:e2e:1', 'AgriParcel', { name: '門前の水田', refGate: { type: 'Relationship', object: 'urn:ngsi-ld:Device:e2e:gate-1' } })) === 201, 'no paddy');
  check((await entity('urn:ngsi-ld:Device:e2e:gauge-1', 'Device', { name: '水位計', serviceGroup: 'e2e', deviceAddress: 'gauge-1', controlledAsset: { type: 'Relationship', object: 'urn:ngsi-ld:AgriParcel:e2e:1' } })) === 201, 'no gauge');
  const past = [5, 3, 7, 3.5, 6.5].map((waterLevel, i) => JSON.stringify({ k: 'e2e', i: 'gauge-1', t: new Date(Date.now() - (50 - i * 5) * 3600e3).toISOString(), v: { waterLevel } })).join('\n');
  check((await fetch(`${url}/iot/ndjson`, { method: 'POST', headers: { 'Content-Type': 'application/x-ndjson' }, body: past })).status === 200, 'no history');

  await page.getByLabel(/新しい規則の名前/).fill('e2e-fill');
  await page.getByRole('button', { name: '新しくつくる' }).click();
  await settled(page, 'main', /まだ保存していない/);
  await page.getByLabel('題名（日本語）').fill('少ないときに給水');
  await page.getByLabel('種類').selectOption('AgriParcel');
  await page.getByLabel('そのうち（条件、なければすべて）').fill('name=="門前の水田"');
  await page.getByRole('group', { name: 'いつ調べるか' }).getByLabel('項目（コンマで区切る）').fill('waterLevel');
  const row = async (label, operator, value) => {
    const group = page.getByRole('group', { name: label });
    await group.getByLabel('項目', { exact: true }).fill('waterLevel');
    await group.getByLabel('くらべ方').selectOption(operator);
    await group.getByLabel('値', { exact: true }).fill(value);
  };
  await row('すべて満たすとき', '<', '4');
  await row('これを満たすまで続ける', '>=', '6');
  const then = page.getByRole('group', { name: 'すること', exact: true });
  await then.getByLabel('動作').selectOption('command');
  const command = async (group, value) => {
    await group.getByLabel('項目', { exact: true }).fill('gate');
    await group.getByLabel('値', { exact: true }).fill(value);
    await group.getByLabel(/相手/).fill('refGate');
  };
  await command(then, 'open');
  const ended = page.getByRole('group', { name: '終わったらすること' });
  await ended.getByRole('button', { name: '動作を加える' }).click();
  await ended.getByLabel('動作').selectOption('command');
  await command(ended, 'close');
  await page.getByRole('button', { name: '確かめる' }).click();
  await settled(page, '.rule-words', /4/);
  await accessible(page);
  await page.getByRole('button', { name: '試す' }).click();
  await settled(page, 'main', /2 回作動しました/);
  await accessible(page);

  await page.getByRole('button', { name: '規則の文（TOML）' }).click();
  await page.waitForFunction(() => /waterLevel<4/.test(document.querySelector('.editor textarea')?.value ?? ''));
  await accessible(page);
  await page.getByRole('button', { name: 'フォーム' }).click();
  await page.getByRole('button', { name: '保存', exact: true }).click();
  await page.getByRole('button', { name: '動かす', exact: true }).click();
  await settled(page, 'main', /動いています/);

  check((await fetch(`${url}/iot/json?k=e2e&i=gauge-1`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"waterLevel":3.2}' })).status === 200, 'the level is not taken');
  const commands = `${url}/iot/json/commands?k=e2e&i=gate-1`;
  await eventually('the gate is not told to open', async () => (await (await fetch(commands)).json()).gate === 'open');
  check((await fetch(commands, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"gate":"open"}' })).ok, 'the answer is not taken');
  const told = () => page.evaluate(() => /門前の水田.*水位.*3\.2/s.test([...document.querySelectorAll('.events')].at(-1)?.textContent ?? ''));
  await eventually('the reason is not told', async () => {
    const answer = page.waitForResponse(/automation\/records/);
    await page.getByRole('button', { name: '新しくする' }).click();
    await answer;
    return told();
  });
  await accessible(page);
  const gate = () => fetch(`${url}/ngsi-ld/v1/entities/urn:ngsi-ld:Device:e2e:gate-1?format=simplified`).then((r) => r.json());
  await eventually('the command is not executed', async () => (await gate()).gate_status === 'executed');
  await page.getByRole('button', { name: '止める', exact: true }).click();
  await settled(page, 'main', /止まっています/);
});

await test('the operations wall: what rules did, what hangs, what is silent, live', { at: '/wall', settings: staff }, async (page) => {
  await settled(page, '.wall', /シミュレーションのデータを含みます.*出ている警報.*規則がしたこと.*少ないときに給水.*門前の水田.*水位.*途絶えた機器/);
  await accessible(page);
  check((await send('POST', '/alarms', { entity: 'urn:ngsi-ld:AgriParcel:e2e:1', severity: 'critical', text: { ja: '門前であふれています', en: 'Over the brim' } })) === 201, 'no alarm');
  await settled(page, '.wall', /緊急.*未対応.*門前であふれています.*門前の水田/);
  await accessible(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await accessible(page);
});

await test('networks: where they reach and what is out, on the map and in the table', { at: '/networks?kind=lorawan', settings: staff }, async (page) => {
  const point = (n, rest) => send('POST', '/ngsi-ld/v1/entities', { id: `urn:ngsi-ld:LoRaWANGateway:e2e:${n}`, type: 'LoRaWANGateway', name: `屋上 ${n}`, location: { type: 'Point', coordinates: [141.35 + n / 10, 43.06] }, coverageRadius: 8000, ...rest });
  check((await point(1, { serviceStatus: { type: 'Property', value: 'working', observedAt: '2026-07-09T03:00:00Z' } })) === 201, 'no first gateway');
  check((await point(2, { serviceStatus: { type: 'Property', value: 'outOfService', observedAt: '2026-07-09T04:00:00Z', reason: { type: 'Property', value: '停電' } } })) === 201, 'no second gateway');
  await page.reload();
  await settled(page, 'main', /LoRaWAN.*2 か所のうち.*屋上 2.*停止中.*停電.*屋上 1.*稼働中.*停止の記録.*屋上 2.*続いています.*停電/);
  await page.waitForFunction(() => { const { marks, areas } = document.querySelector('.map canvas')?.engine?.picture ?? {}; return marks?.length === 2 && areas?.length === 2; });
  await accessible(page);
  await page.getByLabel('状態').selectOption('working');
  await settled(page, '.result-count', /^1 か所/);
  await page.setViewportSize({ width: 390, height: 844 });
  await accessible(page);
});
