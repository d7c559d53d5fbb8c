// Who is asking, what they may see, who saw what: with sign-in, demonstration accounts and a browser that has an authenticator.
import { createHmac } from 'node:crypto';
import { openSync, readSync, readdirSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { accessible, check, data, root, run, start, stop, test, url } from './program.mjs';

await stop(); // that was open to everybody
const cards = path.join(data, '../cards'), card = path.join(cards, 'a.card'), authority = ['--folder', cards, '--authority-pin', '87654321'];
run('card', 'ca', ...authority, '--name', 'Demo card authority');
run('card', 'issue', ...authority, '--name', 'デモ住民A', '--to', card, '--pin', '1234');
const guarded = ['--auth=on', '--allow-address', '127.0.0.1', '--demonstration', path.join(root, 'data/demonstration/accounts.toml'), '--card-ca', path.join(cards, 'ca.pem'), '--card-crl', path.join(cards, 'crl.pem')];
await start(guarded);
const site = url.replace('127.0.0.1', 'localhost'); // passkeys belong to a name

const phone = { width: 390, height: 844, site, expects: /40[134]/, settings: { language: 'ja', role: 'visitor' } }, desk = { ...phone, width: 1280, height: 900 };
const settled = (page, selector, pattern) => page.waitForFunction(([s, p]) => new RegExp(p, 's').test(document.querySelector(s)?.textContent ?? ''), [selector, pattern.source]);
const pressureOf = (who) => `urn:ngsi-ld:HealthObservation:demo-${who}-bp`, pressure = pressureOf('a'); // kept by the hospital
const passphrase = 'four words in a row';

/** Signs in with a demonstration account, from the start page of somebody new. */
async function be(page, account) {
  await page.goto(`${site}/`);
  const me = await page.evaluate(() => fetch('/auth/me').then((r) => r.json()));
  const title = me.demo.find((d) => d.account === account).title.ja;
  await page.locator('.demo-accounts li', { hasText: title }).getByRole('button').click();
  await page.locator('button.who').waitFor();
}
/** Another person at another machine. */
async function another(context, account, options = desk) {
  const own = await context.browser().newContext({ viewport: { width: options.width, height: options.height }, locale: 'ja-JP', reducedMotion: 'reduce', serviceWorkers: 'block' });
  const page = await own.newPage();
  page.setDefaultTimeout(15_000);
  await page.addInitScript((kept) => localStorage.getItem('tsunagu.settings') ?? localStorage.setItem('tsunagu.settings', kept), JSON.stringify(options.settings));
  if (account) await be(page, account);
  return page;
}
/** In a browser of their own, with name and password; stays on the page of the code when one is due. */
async function byPassword(page, account, next = '/account') {
  await page.goto(`${site}/sign-in?next=${encodeURIComponent(next)}`);
  await page.getByRole('textbox', { name: 'アカウント名' }).fill(account);
  await page.getByLabel('パスワード', { exact: true }).fill(passphrase);
  await page.keyboard.press('Enter');
}
/** An account that the operator makes. */
async function made(context, account) {
  const operator = await another(context, 'operator'), answer = await ask(operator, '/auth/accounts', '', 'POST', { ...account, password: passphrase });
  check(answer.status === 201, `the account was not made: ${answer.status} ${answer.body?.detail}`);
  await operator.context().close();
}
/** What an authenticator app shows (RFC 6238), `later` steps from now. */
function codeOf(secret, later = 0) {
  const bits = [...secret.replace(/[\s=]/g, '')].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2))), counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + later));
  const mac = createHmac('sha1', key).update(counter).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
async function signOut(page) {
  await page.locator('button.who').click();
  await page.getByRole('button', { name: 'サインアウト' }).click();
  await page.getByRole('link', { name: 'サインイン' }).waitFor();
}
const visit = (page, to) => page.evaluate((at) => { // as a link does
  history.pushState(null, '', at);
  dispatchEvent(new PopStateEvent('popstate'));
}, to);
/** What the person of this page gets from the API. */
const ask = (page, at, purpose = '', method = 'GET', body = undefined) => page.evaluate(async ([a, p, m, b]) => {
  const response = await fetch(a, { method: m, headers: { ...(p && { 'Tsunagu-Purpose': p }), ...(b && { 'Content-Type': 'application/json' }) }, body: b && JSON.stringify(b) });
  return { status: response.status, body: await response.json().catch(() => null) };
}, [at, purpose, method, body]);

await test('a resident makes a passkey and signs in by it', phone, async (page, context) => {
  const session = await context.newCDPSession(page);
  await session.send('WebAuthn.enable');
  await session.send('WebAuthn.addVirtualAuthenticator', { options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } });
  await be(page, 'resident');
  await visit(page, '/account');
  await page.getByLabel('この端末の呼び名').fill('試験のスマホ');
  await page.getByRole('button', { name: 'この端末を登録する' }).click();
  await settled(page, '[aria-labelledby=passkeys-title]', /試験のスマホ/);
  await signOut(page);
  check(!(await page.evaluate(() => localStorage.getItem('tsunagu.signedIn'))), 'the browser still thinks somebody is signed in');
  await page.goto(`${site}/my-data`);
  await settled(page, 'main', /サインインすると表示されます/);
  await page.locator('main').getByRole('link', { name: 'サインイン' }).click();
  await page.getByRole('button', { name: 'パスキーでサインイン' }).click();
  await settled(page, 'h1', /わたしのデータを見た人/); // where they wanted to go
  await settled(page, 'button.who', /デモ住民A/);
  await visit(page, '/account');
  await settled(page, 'main', /強い確認/);
});

await test('a resident enrols a card and signs in by it', phone, async (page) => {
  const show = async (section, pin, button) => {
    const form = page.locator(`[aria-labelledby=${section}]`);
    await form.getByLabel('カードのファイル').setInputFiles(card);
    await form.getByLabel('暗証番号').fill(pin);
    await form.getByRole('button', { name: button }).click();
  };
  await be(page, 'resident');
  await visit(page, '/account');
  await show('cards-title', '1234', 'このカードを登録する');
  await settled(page, '[aria-labelledby=cards-title] .list', /デモ住民A/);
  await accessible(page);
  await signOut(page);
  await visit(page, '/sign-in?next=/account');
  await show('by-card', '4321', 'カードでサインイン');
  await settled(page, '[aria-labelledby=by-card] [role=alert]', /暗証番号が違います/);
  await show('by-card', '1234', 'カードでサインイン');
  await settled(page, 'main', /わたしのアカウント.*カードの電子証明書/);
});

await test('a wrong password is told, and the focus stays', { ...phone, at: '/sign-in?next=/consents' }, async (page) => {
  await page.getByRole('textbox', { name: 'アカウント名' }).fill('nobody');
  await page.getByLabel('パスワード', { exact: true }).fill('wrong wrong wrong');
  await page.keyboard.press('Enter');
  await settled(page, '[aria-labelledby=by-password] [role=alert]', /できませんでした.*違います/);
  check((await page.getByRole('textbox', { name: 'アカウント名' }).inputValue()) === 'nobody', 'what was typed is gone');
});

await test('invited with a code, then an app with codes, recovery codes, and an end of sessions elsewhere', phone, async (page, context) => {
  const operator = await another(context, 'operator');
  await visit(operator, '/trust/accounts');
  const form = operator.locator('[aria-labelledby=add-account]');
  await form.getByLabel('名前').fill('デモ住民E');
  await form.getByLabel('アカウント名', { exact: true }).fill('demo-e');
  await form.getByLabel('種類').selectOption('resident');
  await form.getByRole('button', { name: '作る' }).click();
  const invitation = await form.locator('.copy pre').innerText();
  await accessible(operator);
  await operator.context().close();

  await page.goto(`${site}/sign-in?next=/account`);
  await page.getByRole('button', { name: 'パスワードやコードアプリが使えないとき' }).click();
  await page.getByRole('textbox', { name: 'アカウント名' }).fill('demo-e');
  await page.getByLabel('復旧コードまたは招待コード').fill(invitation);
  await page.getByLabel('新しいパスワード').fill(passphrase);
  await page.keyboard.press('Enter');
  await settled(page, 'main', /わたしのアカウント.*1つの方法/);

  const app = page.locator('[aria-labelledby=code-title]');
  await app.getByRole('button', { name: 'コードアプリを設定する' }).click();
  const secret = await app.locator('code').innerText();
  await accessible(page);
  await app.getByLabel('6けたの確認コード').fill(codeOf(secret));
  await app.getByRole('button', { name: '確認する' }).click();
  await app.locator('.codes li').nth(9).waitFor();
  const [recovery] = await app.locator('.codes code').allInnerTexts();
  await app.getByRole('button', { name: '保管しました' }).click();
  await settled(page, '[aria-labelledby=code-title]', /残り：10/);

  const elsewhere = await another(context, null);
  await byPassword(elsewhere, 'demo-e');
  await elsewhere.getByLabel('6けたの確認コード').fill(codeOf(secret, 1)); // no code twice
  await elsewhere.keyboard.press('Enter');
  await settled(elsewhere, 'main', /わたしのアカウント.*強い確認/);
  await page.reload();
  await page.locator('[aria-labelledby=sessions-title]').getByRole('button', { name: '終了する' }).click();
  await page.getByRole('button', { name: '本当に終了する' }).click();
  await page.waitForFunction(() => document.querySelectorAll('[aria-labelledby=sessions-title] .list > li').length === 1);
  await visit(elsewhere, '/my-data');
  await settled(elsewhere, 'main', /サインインすると表示されます/);
  await byPassword(elsewhere, 'demo-e');
  await elsewhere.getByLabel('6けたの確認コード').fill(recovery);
  await elsewhere.keyboard.press('Enter');
  await settled(elsewhere, '[aria-labelledby=code-title]', /残り：9/);
  await elsewhere.context().close();
});

await test('consent: given, used, seen, withdrawn at once', phone, async (page, context) => {
  await be(page, 'resident');
  const clinic = await another(context, 'clinic');
  check((await ask(clinic, `/ngsi-ld/v1/entities/${pressure}`, 'care')).status === 404, 'the clinic sees the record without consent');
  await visit(page, '/consents');
  await page.getByRole('button', { name: '新しく同意する' }).click();
  await page.getByText('デモ診療所', { exact: true }).click();
  await page.getByRole('button', { name: '次へ' }).click();
  await page.getByText('診療・介護').click();
  await page.getByRole('button', { name: '次へ' }).click();
  await page.getByText('健康の記録（血圧・体重など）').click();
  await page.getByRole('button', { name: '次へ' }).click();
  await page.getByRole('button', { name: '6か月' }).click();
  await page.getByRole('button', { name: '次へ' }).click();
  await settled(page, '.sentence', /デモ診療所.*診療・介護.*デモ住民A.*健康の記録/);
  await accessible(page);
  await page.getByRole('button', { name: '同意する', exact: true }).click();
  await settled(page, 'main', /デモ診療所への同意を記録しました.*健康の記録/);

  await clinic.getByRole('combobox', { name: '利用目的' }).selectOption('care');
  await visit(clinic, `/explore/${pressure}`);
  await settled(clinic, 'main', /収縮期血圧/);
  const stream = await listen(clinic), receiver = await receive();
  const subscribed = await ask(clinic, '/ngsi-ld/v1/subscriptions', 'care', 'POST', { type: 'Subscription', entities: [{ type: 'HealthObservation' }], notification: { format: 'simplified', endpoint: { uri: receiver.uri } } });
  check(subscribed.status === 201, `no subscription: ${subscribed.status} ${subscribed.body?.detail}`);
  const hospital = await another(context, null);
  await made(context, { account: 'hospital', name: 'デモ病院の医師', kind: 'staff', id: 'urn:ngsi-ld:Staff:demo-hospital-doctor' });
  await byPassword(hospital, 'hospital');
  await settled(hospital, 'button.who', /デモ病院/);
  const write = async (value, of = pressure) => {
    const { status, body } = await ask(hospital, `/ngsi-ld/v1/entities/${of}/attrs/observedValue`, 'care', 'PATCH', { value });
    check(status === 204, `the hospital cannot write: ${status} ${body?.detail}`);
  };
  await write(131);
  await stream.heard(131);
  await receiver.heard(131);

  await visit(page, '/my-data');
  await settled(page, '.days', /デモ診療所.*健康の記録.*を見ました.*見た人：デモ医師.*目的：診療・介護/);
  await accessible(page);
  await visit(page, '/consents');
  await page.getByRole('button', { name: '取りやめる' }).click();
  await page.getByRole('button', { name: '取りやめて、すぐに止める' }).click();
  await settled(page, 'main', /デモ診療所への同意を取りやめました.*終わったもの/);
  check((await ask(clinic, `/ngsi-ld/v1/entities/${pressure}`, 'care')).status === 404, 'the clinic still sees the record');
  await write(132);
  check((await ask(hospital, `/ngsi-ld/v1/entities/${pressure}?format=simplified`, 'care')).body.observedValue === 132, 'it was not written');
  await write(141, pressureOf('d')); // whose consent holds: what comes of it comes after what must not come
  await stream.heard(141);
  await receiver.heard(141);
  check(!(await stream.has(132)), 'the open stream goes on telling the clinic');
  check(!receiver.has(132), 'the subscription goes on telling the clinic');
  await clinic.reload();
  await settled(clinic, '.failure', /見つかりません/);
  receiver.close();
  await hospital.context().close();
  await clinic.context().close();
});

/** A live stream that the page holds open, and what came by it. */
async function listen(page) {
  await page.evaluate(async () => {
    const response = await fetch('/ngsi-ld/v1/events?type=HealthObservation', { headers: { 'Tsunagu-Purpose': 'care', Accept: 'text/event-stream' } });
    window.heard = '';
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    void (async () => {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        window.heard += value;
      }
      window.ended = true;
    })();
  });
  const has = (value) => page.evaluate((v) => new RegExp(`"value":\\s*${v}\\b`).test(window.heard), value);
  return {
    heard: (value) => page.waitForFunction((v) => new RegExp(`"value":\\s*${v}\\b`).test(window.heard), value),
    has,
  };
}

/** Where notifications come in: what was told, and who waits for it. */
async function receive() {
  const told = [], waiting = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    told.push(...JSON.parse(body).data.map((e) => e.observedValue));
    response.end();
    for (const look of waiting) look();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const has = (value) => told.includes(value);
  return {
    uri: `http://127.0.0.1:${server.address().port}/`,
    has,
    heard: (value) => new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`the subscription does not tell ${value}: ${told}`)), 15_000);
      const look = () => has(value) && (clearTimeout(late), resolve());
      waiting.push(look);
      look();
    }),
    close: () => server.close(),
  };
}

await test('an officer sees the residents of their municipality only', desk, async (page) => {
  await be(page, 'officer');
  await page.getByRole('combobox', { name: '利用目的' }).selectOption('administration');
  await visit(page, '/explore?type=Resident');
  await settled(page, 'main', /デモ住民A/);
  const { body } = await ask(page, '/ngsi-ld/v1/entities?type=Resident&format=simplified&limit=100', 'administration');
  check(body.length > 0 && body.every((r) => r.municipality === 'urn:ngsi-ld:Municipality:012173'), `others too: ${JSON.stringify(body.map((r) => r.municipality))}`);
  check((await ask(page, '/ngsi-ld/v1/entities?type=Resident&limit=0&count=true', '')).body?.length === 0, 'without a purpose');
  await visit(page, '/trust/log');
  await settled(page, 'main', /権限がありません/);
});

await test('break-glass appears on the phone of the person; a supervisor reviews it', phone, async (page, context) => {
  await be(page, 'resident');
  await visit(page, '/my-data?only=emergency');
  await settled(page, 'main', /緊急時の閲覧はありません/);
  const doctor = await another(context, 'clinic');
  await doctor.locator('main h1').waitFor();
  await visit(doctor, '/emergency');
  await doctor.getByLabel('本人の番号').fill('demo-a');
  await doctor.getByLabel('理由').fill('意識がない状態で運ばれたため、服薬と血圧を確認');
  await doctor.getByRole('button', { name: '理由を記録して始める' }).click();
  await settled(doctor, 'main', /まで見ることができます/);
  check((await ask(doctor, `/ngsi-ld/v1/entities/${pressure}`, '')).status === 200, 'the doctor does not see what they must');
  await settled(page, '.days', /緊急時の閲覧.*意識がない状態で運ばれたため.*緊急アクセスを始めました/);
  await accessible(page);
  const supervisor = await another(context, 'clinic-supervisor');
  await visit(supervisor, '/emergency');
  await supervisor.getByLabel('確認の結果').fill('搬送の記録と一致');
  await supervisor.getByRole('button', { name: '確認を終える' }).click();
  await supervisor.waitForFunction(() => !document.querySelector('#to-review') && document.querySelector('#reviewed'));
  await visit(page, '/emergency');
  await settled(page, 'main', /デモ医師.*意識がない.*監督者の確認：搬送の記録と一致/);
  await supervisor.context().close();
  await doctor.context().close();
});

await test('a son acts for his mother, and both see it', phone, async (page, context) => {
  const mother = await another(context, null, phone);
  await made(context, { account: 'mother', name: 'デモ住民D', kind: 'resident', id: 'urn:ngsi-ld:Resident:demo-d' });
  await byPassword(mother, 'mother');
  await settled(mother, '[aria-labelledby=delegates-title]', /デモ住民B.*2030/);
  await be(page, 'guardian');
  await visit(page, '/account');
  await page.getByRole('button', { name: 'デモ住民Dさんの代わりに使う' }).click();
  await settled(page, '.banner', /デモ住民Dさんの代わりに操作しています/);
  await visit(page, `/explore/${pressureOf('d')}`);
  await settled(page, 'main', /収縮期血圧/);
  for (const who of [page, mother]) {
    await visit(who, '/my-data');
    await settled(who, 'main', /デモ住民Dさんのデータの記録.*健康の記録.*見た人：デモ住民B.*（デモ住民Dさんの代わり）/);
  }
  await accessible(page);
  await page.getByRole('button', { name: '自分に戻る' }).click();
  await page.waitForFunction(() => !/代わりに操作/.test(document.body.textContent));
  await mother.context().close();
});

await test('a municipality is taken in with one form', desk, async (page) => {
  await be(page, 'operator');
  await visit(page, '/trust/tenants');
  const form = page.locator('[aria-labelledby=add-tenant]');
  await form.getByLabel('名前（日本語）').fill('ニセコ町');
  await form.getByLabel('名前（英語）').fill('Niseko');
  await form.getByLabel('短い名前').fill('niseko');
  await form.getByLabel('管理者のアカウント名').fill('niseko-admin');
  await form.getByRole('button', { name: '登録する' }).click();
  await settled(page, '[aria-labelledby=add-tenant]', /niseko を登録しました/);
  const code = await form.locator('.copy pre').innerText();
  await settled(page, '#tenant-niseko', /ニセコ町/);
  await accessible(page);
  await signOut(page);
  await page.goto(`${site}/sign-in?next=/trust/accounts`);
  await page.getByRole('button', { name: 'パスワードやコードアプリが使えないとき' }).click();
  await page.getByRole('textbox', { name: 'アカウント名' }).fill('niseko-admin');
  await page.getByLabel('復旧コードまたは招待コード').fill(code);
  await page.getByLabel('新しいパスワード').fill(passphrase);
  await page.keyboard.press('Enter');
  await settled(page, 'main', /アカウント管理.*niseko-admin/);
  check(!/guardian|clinic/.test(await page.locator('main').innerText()), 'accounts of others are shown');
  await settled(page, '.header', /ニセコ町/);
});

await test('a visitor is told what to do where something is not for them', { ...desk, expects: /40[134]/ }, async (page) => {
  for (const [place, words] of [
    ['/status', /正常に動いています.*「運用」の権限がある人に表示されます.*サインイン/], ['/publish', /「公開」の権限がある人に表示されます.*サインイン/], ['/plan/edit', /サインインすると見られる場合があります/],
    ['/explore?type=Resident', /サインインすると見られる場合があります/], ['/explore/urn:ngsi-ld:Resident:demo-a', /見つかりません.*サインインすると見られる場合があります/], ['/trust/log', /「監査」の権限がある人に表示されます/],
  ]) {
    await visit(page, place);
    await settled(page, 'main', words);
    check(!/\b40[134]\b|sign in first/.test(await page.locator('main').innerText()), `${place}: what a program says is on the screen`);
  }
  await be(page, 'officer');
  await visit(page, '/explore?type=Resident');
  await settled(page, 'main', /利用目的を選ぶと見られる場合があります/);
});

const pages = {
  nobody: ['/', '/sign-in', '/my-data', '/trust/log', '/status', '/publish'],
  guardian: ['/my-data', '/consents', '/consents?step=1', '/account', '/emergency'],
  'clinic-supervisor': ['/emergency', '/my-data', '/account'],
  officer: ['/', '/emergency'],
  auditor: ['/trust/log', '/trust/alerts', '/trust/policies', '/trust/policies?policy=region'],
  operator: ['/trust/tenants', '/trust/accounts', '/trust/policies', '/alarms', '/alarms?view=roster', '/settings'],
};
for (const { language, width, colorScheme } of [
  { language: 'ja', width: 1280, colorScheme: 'light' }, { language: 'easy', width: 390, colorScheme: 'light' }, { language: 'en', width: 390, colorScheme: 'dark' },
  { language: 'easy', width: 1280, colorScheme: 'dark' }, { language: 'en', width: 1280, colorScheme: 'light' }, { language: 'ja', width: 390, colorScheme: 'dark' },
]) {
  await test(`every page of trust, ${language} ${width} ${colorScheme}`, { ...phone, width, colorScheme, settings: { language, role: 'visitor' } }, async (page) => {
    for (const [account, places] of Object.entries(pages)) {
      await page.evaluate((name) => (name === 'nobody' ? undefined : fetch('/auth/demo', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ account: name }) })), account);
      await page.goto(`${site}/`);
      if (account !== 'nobody') await page.locator('button.who').waitFor();
      for (const place of places) {
        try {
          await visit(page, place);
          await page.locator('main h1').first().waitFor();
          await page.waitForFunction(() => !document.querySelector('.loading'));
          const failures = await page.locator('main .failure').allInnerTexts();
          check(!failures.length, failures.join(' '));
          await accessible(page);
          const shown = await page.evaluate(() => {
            const copy = document.querySelector('#root').cloneNode(true);
            for (const e of copy.querySelectorAll('pre, code, textarea')) e.remove();
            return copy.textContent;
          });
          check(!/urn:ngsi-ld:/.test(shown), `an id is on the screen: ${shown.match(/.{30}urn:ngsi-ld:.{30}/s)?.[0]}`);
          check(!/\b(type|attribute|value|unit|log|subject)\.[A-Za-z]|undefined|NaN|\[object/.test(shown), `a key is on the screen: ${shown.match(/.{30}(undefined|NaN|\[object|(type|attribute|value|log|subject)\.\w).{30}/s)?.[0]}`);
        } catch (error) {
          throw new Error(`${account} ${place}: ${error.message}`);
        }
      }
    }
  });
}

const verify = () => {
  try {
    return run('audit', 'verify', '--data', data);
  } catch (error) {
    return error;
  }
};
await stop();
const whole = verify(), folder = path.join(data, 'trust/audit'), file = openSync(path.join(folder, readdirSync(folder).sort()[0]), 'r+'), byte = Buffer.alloc(1), at = 300;
readSync(file, byte, 0, 1, at);
writeSync(file, Buffer.from([byte[0] ^ 1]), 0, 1, at);
const altered = verify();
await start(guarded);
await test('one byte of the log is changed: the command and the auditor say so', desk, async (page) => {
  check(typeof whole === 'string', `the log was not whole: ${whole.stderr}`);
  check(altered.status === 1 && /is not what was written|no line|not a line/.test(altered.stderr), `nothing is found: ${altered.stderr ?? altered}`);
  await be(page, 'auditor');
  await visit(page, '/trust/log');
  await settled(page, '[aria-labelledby=proof-title]', /鎖が切れています/);
  await accessible(page);
});
