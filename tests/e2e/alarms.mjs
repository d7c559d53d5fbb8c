// Alarms: the roster is looked at before it holds, an alarm is there at once, somebody sees to it, takes it back, puts it aside, ends it; and a notice on the device.
import { createECDH, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { accessible, check, send, test, url } from './program.mjs';

const staff = { language: 'ja', role: 'staff' }, phone = { width: 390, height: 844 };
const settled = (page, selector, pattern) => page.waitForFunction(([s, p]) => new RegExp(p, 's').test(document.querySelector(s)?.textContent ?? ''), [selector, pattern.source]);
const ask = async (method, place, body) => (await fetch(url + place, { method, headers: { 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) })).json();

await test('alarms: there are none, and what would be', { at: '/alarms', settings: staff }, async (page) => {
  await settled(page, '.empty', /いま警報はありません/);
  await accessible(page);
  await page.getByRole('button', { name: '解決したもの' }).click();
  await settled(page, '.empty', /まだありません/);
  await accessible(page);
});

await test('alarms: a roster is checked, corrected, kept', { at: '/alarms?view=roster', settings: staff, expects: /400/ }, async (page) => {
  await settled(page, 'main', /当番表がないので/);
  const text = page.getByRole('textbox', { name: '当番表（テキスト）' });
  await text.fill('[[duty]]\nname = "水"\n[[duty.step]]\npeople = [{ name = "当番" }]\n');
  await page.getByRole('button', { name: '確かめる' }).click();
  await settled(page, '.failure', /4 行目/);
  await accessible(page);
  await text.fill('');
  await page.getByRole('button', { name: '見本を入れる' }).click();
  await page.getByRole('button', { name: '確かめる' }).click();
  await settled(page, '.cards', /水.*「軽微」以上.*すぐに.*昼の当番 · 端末への通知.*15 分たっても.*課長 · メール/);
  check(await page.locator('.on-duty').count() === 2, 'one of the two shifts and the head are on duty now');
  await page.getByRole('button', { name: '保存' }).click();
  await settled(page, 'main', /保存しました/);
  await accessible(page);
});

await test('alarms: raised, seen to, taken back, shelved, cleared', { at: '/alarms', settings: staff }, async (page) => {
  await page.getByText('手で警報を出す').click();
  await page.getByLabel('対象の名札（URN）').fill('urn:ngsi-ld:Bridge:e2e');
  await page.getByLabel('重さ').selectOption('critical');
  await page.getByLabel('何が起きているか').fill('橋に亀裂');
  await page.getByRole('button', { name: '警報を出す' }).click();
  await settled(page, '.alarm-group', /緊急 手で出した警報.*橋に亀裂.*未対応/);
  // Another comes while one looks.
  await send('POST', '/alarms', { entity: 'urn:ngsi-ld:Pump:e2e', severity: 'minor', text: { ja: 'ポンプが止まった', en: 'The pump has stopped' } });
  await settled(page, '.alarm-group', /ポンプが止まった/);
  await accessible(page);
  const bridge = page.locator('.alarm', { hasText: '橋に亀裂' });
  await bridge.getByRole('button', { name: '対応する' }).press('Enter');
  await settled(page, '.alarm-said', /「橋に亀裂」を対応中にしました/);
  await bridge.getByText('対応中', { exact: true }).waitFor();
  await page.getByRole('button', { name: '元に戻す' }).click();
  await bridge.getByText('未対応', { exact: true }).waitFor();
  await bridge.getByLabel('保留する時間').selectOption('480');
  await bridge.getByRole('button', { name: '保留する' }).click();
  await bridge.getByText('保留中', { exact: true }).waitFor();
  await bridge.getByText(/理由・知らせた相手/).click();
  await settled(page, '.alarm.critical', /手で出しました/);
  await accessible(page);
  await bridge.getByRole('button', { name: '解決した' }).click();
  await settled(page, '.alarm-said', /解決済みにしました/);
  await bridge.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: '解決したもの' }).click();
  await settled(page, '.alarm-group', /橋に亀裂.*解決済み/);
  await accessible(page);
});

await test('alarms: a flood is one group, and a notice leads to one of it', { at: '/alarms', settings: staff }, async (page) => {
  await send('PUT', '/automation/rules/e2e-flood', { on: true, rule: { name: 'e2e-flood', title: { ja: '水位が低い', en: 'Low' }, types: ['FloodPoint'], if: 'level<4', then: [{ alarm: { ja: '水位が {level} cm', en: '{level} cm' }, severity: 'major' }] } });
  await send('POST', '/ngsi-ld/v1/entityOperations/create', Array.from({ length: 60 }, (_, i) => ({ id: `urn:ngsi-ld:FloodPoint:${i}`, type: 'FloodPoint', level: { type: 'Property', value: i % 4 } })));
  await settled(page, '.alarm-group', /重大 規則 e2e-flood 60 件/);
  check(await page.locator('.alarm-group').first().locator('.alarm').count() === 5, 'not all of them are shown');
  await page.getByRole('button', { name: 'あと 55 件を表示' }).click();
  await page.waitForFunction(() => document.querySelector('.alarm-group').querySelectorAll('.alarm').length === 60);
  await accessible(page);
  await page.getByRole('button', { name: '60 件すべてに対応する' }).click();
  await page.getByRole('button', { name: '60 件を対応中にする' }).click();
  await settled(page, '.alarm-group', /規則 e2e-flood 60 件.*対応中/);
  check((await ask('GET', '/alarms?status=acknowledged&source=e2e-flood')).alarms.length === 60, 'not all of them are in hand');
  const { alarms } = await ask('GET', '/alarms?source=e2e-flood');
  await page.goto(`${url}/alarms?id=${alarms.at(-1).id}`);
  await page.locator('.alarm[aria-current] details[open]').waitFor();
});

for (const [language, width] of [['easy', 390], ['en', 390], ['ja', 390], ['easy', 1280], ['en', 1280]]) {
  await test(`alarms: every view, ${language} ${width}`, { ...(width === 390 && phone), at: '/alarms', settings: { language, role: 'staff' }, colorScheme: language === 'en' ? 'dark' : 'light' }, async (page) => {
    for (const view of ['', 'history', 'roster']) {
      await page.goto(`${url}/alarms${view && `?view=${view}`}`);
      await page.locator('.alarm, .editor').first().waitFor();
      await accessible(page);
    }
    await page.goto(`${url}/settings`);
    await page.locator('#push-title').waitFor();
    await page.waitForFunction(() => !document.querySelector('.loading'));
    await accessible(page);
    await page.goto(`${url}/alarms`);
    await page.locator('.alarm').first().waitFor();
  });
}

await test('a notice: allowed on this device, sent, shown, and leads to its page', { at: '/settings', settings: staff, offline: true, site: url.replace('127.0.0.1', 'localhost') }, async (page, context) => {
  // Chromium's push service cannot be reached from here: the subscription is one of a service of ours, and what that got is handed to the worker.
  const came = [], waiting = [];
  const service = createServer((request, response) => request.resume().on('end', () => { response.writeHead(201).end(); (waiting.shift() ?? ((r) => came.push(r)))(request); }));
  await new Promise((resolve) => service.listen(0, '127.0.0.1', resolve));
  const site = url.replace('127.0.0.1', 'localhost'), keys = createECDH('prime256v1');
  keys.generateKeys();
  await context.grantPermissions(['notifications'], { origin: site });
  await page.addInitScript((json) => {
    let own = null;
    PushManager.prototype.getSubscription = () => Promise.resolve(own);
    PushManager.prototype.subscribe = (options) => Promise.resolve((own = { ...json, options, toJSON: () => json, unsubscribe: () => Promise.resolve(!(own = null)) }));
  }, { endpoint: `http://127.0.0.1:${service.address().port}/send/e2e`, expirationTime: null, keys: { p256dh: keys.getPublicKey('base64url'), auth: randomBytes(16).toString('base64url') } });
  await page.reload();
  const here = page.getByRole('switch', { name: 'この端末で通知を受け取る' });
  await here.click();
  await page.waitForFunction(() => document.querySelector('[role=switch]')?.checked);
  check((await ask('GET', '/push/subscriptions')).length === 1, 'the program knows no device');
  await page.getByRole('button', { name: '試しに送る' }).click();
  await settled(page, 'main', /送りました/);
  check((came.shift() ?? (await new Promise((resolve) => waiting.push(resolve)))).headers.urgency === 'high', 'nothing came to try it');
  await accessible(page);
  await ask('PUT', '/automation/roster', { text: '[[duty]]\nname = "a"\n[[duty.step]]\npeople = [{ name = "当番", push = "anybody" }]\n' });
  const arrived = came.length ? came.shift() : new Promise((resolve) => waiting.push(resolve));
  const { id } = await ask('POST', '/alarms', { entity: 'urn:ngsi-ld:Gate:e2e', severity: 'major', text: { ja: '門が開かない' } });
  check((await arrived).headers['content-encoding'] === 'aes128gcm', 'it is not encrypted');
  const cdp = await context.newCDPSession(page);
  const versions = new Promise((resolve) => cdp.on('ServiceWorker.workerVersionUpdated', ({ versions: all }) => all.some((v) => v.status === 'activated') && resolve(all.find((v) => v.status === 'activated'))));
  await cdp.send('ServiceWorker.enable');
  const { registrationId } = await versions;
  // A worker that is just starting may miss a message of the debugger; push services ask again, too.
  const message = JSON.stringify({ title: '【重大】門が開かない', body: '理由', page: `/alarms?id=${id}`, tag: 'x', lang: 'ja', urgent: true });
  let shown = null;
  for (const until = Date.now() + 60_000; !shown && Date.now() < until;) {
    await cdp.send('ServiceWorker.deliverPushMessage', { origin: site, registrationId, data: message });
    shown = await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      for (let frames = 0; frames < 120; ++frames) {
        const [notice] = await registration.getNotifications();
        if (notice) return { title: notice.title, page: notice.data.page };
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
      return null;
    });
  }
  check(shown, 'no notice is shown');
  check(shown.title === '【重大】門が開かない' && shown.page === `/alarms?id=${id}`, JSON.stringify(shown));
  await page.goto(`${site}${shown.page}`);
  await settled(page, '.alarm[aria-current]', /門が開かない.*当番 · 端末への通知 · 届けた/);
  await page.goto(`${site}/settings`);
  await page.waitForFunction(() => document.querySelector('#push-title')?.parentElement.querySelector('.check, .list'));
  service.close();
});
