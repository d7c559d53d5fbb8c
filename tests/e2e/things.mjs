// Devices: simulated ones on the list and the map; one is registered by the code on it, sends, and is seen; payloads on the bench; a rule from the form to what it did.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { accessible, check, root, send, test, url } from './program.mjs';

const simulator = process.env.TSUNAGU_SIM ?? path.join(root, 'build/release/bin/tsunagu-sim');
const settled = (page, selector, pattern) => page.waitForFunction(([s, p]) => new RegExp(p, 's').test(document.querySelector(s)?.textContent ?? ''), [selector, pattern.source]);
const staff = { language: 'ja', role: 'staff' };
execFileSync(simulator, ['run', '--to', url, '--devices', '100', '--cold-july', '--start', '2026-07-08T15:00:00Z', '--until', '2026-07-08T18:00:00Z', '--speed', '3600'], { cwd: root, stdio: 'ignore' });

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

await test('a device is registered by the code on it, sends, and is seen at once', { at: '/devices/add', settings: staff }, async (page) => {
  await page.getByLabel('コードの文字').fill(`${url}/devices/add?group=e2e&address=A7&name=${encodeURIComponent('門前の水位計')}&serialNumber=SN-7`);
  await page.getByRole('button', { name: '読み取る' }).click();
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
  check((await say({ waterLevel: 5.1 })) === 200, 'the second value is not taken');
  await settled(page, 'main', /水位5\.1/);
  await page.getByLabel('したこと').fill('電池を替えた');
  await page.getByRole('button', { name: '記録する' }).click();
  await settled(page, '.log', /電池を替えた/);
});

await test('a code that is none is told', { at: '/devices/add', settings: staff }, async (page) => {
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
  let asked = {};
  for (const until = Date.now() + 20_000; !asked.gate && Date.now() < until;) asked = await (await fetch(commands)).json();
  check(asked.gate === 'open', `the gate is told ${JSON.stringify(asked)}`);
  check((await fetch(commands, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"gate":"open"}' })).ok, 'the answer is not taken');
  await page.getByRole('button', { name: '新しくする' }).click();
  await settled(page, '.events:last-of-type', /作動.*3\.2/);
  await accessible(page);
  const gate = await (await fetch(`${url}/ngsi-ld/v1/entities/urn:ngsi-ld:Device:e2e:gate-1?format=simplified`)).json();
  check(gate.gate_status === 'executed', `the command is ${gate.gate_status}`);
  await page.getByRole('button', { name: '止める', exact: true }).click();
  await settled(page, 'main', /止まっています/);
});
