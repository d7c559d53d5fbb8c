import ece from 'http_ece';
import { createECDH, createPublicKey, randomBytes, verify } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { check, counts, launch, root, test, until } from '../program.mjs';

const folder = mkdtempSync(path.join(tmpdir(), 'tsunagu-push-'));
const data = path.join(folder, 'data');
const key = 'by key'; // of who runs the machine
let server, url;

async function start() {
  server = await launch(data, '--auth=on', '--allow-address', '127.0.0.1', '--push-contact', 'mailto:push@example.org',
    '--demonstration', path.join(root, 'data/demonstration/accounts.toml'));
  url = server.url;
}

/** The push service of a browser maker: answers with what `status` says, keeps what came. */
const service = { status: 201, headers: {}, came: [], waiting: [] };
const pushServer = createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const one = { method: request.method, path: request.url, headers: request.headers, body: Buffer.concat(parts) };
    response.writeHead(service.status, service.headers).end();
    (service.waiting.shift() ?? ((m) => service.came.push(m)))(one);
  });
});
await new Promise((resolve) => pushServer.listen(0, '127.0.0.1', resolve));
const serviceUrl = `http://127.0.0.1:${pushServer.address().port}`;
const arrived = () => (service.came.length ? Promise.resolve(service.came.shift()) : new Promise((resolve) => service.waiting.push(resolve)));

/** A browser with its keys. */
function browser(name) {
  const keys = createECDH('prime256v1'), auth = randomBytes(16);
  keys.generateKeys();
  return {
    subscription: { endpoint: `${serviceUrl}/send/${name}`, expirationTime: null, keys: { p256dh: keys.getPublicKey('base64url'), auth: auth.toString('base64url') } },
    read: (body) => JSON.parse(ece.decrypt(body, { version: 'aes128gcm', privateKey: keys, authSecret: auth }).toString()),
  };
}

async function ask(method, where, cookie, body) {
  const answer = await fetch(url + where, { method, headers: { ...(cookie === key ? { Authorization: `Bearer ${readFileSync(path.join(data, 'trust/operator.key'), 'utf8').trim()}` } : cookie && { Cookie: cookie }), ...(body !== undefined && { 'Content-Type': 'application/json' }), Origin: url }, body: body === undefined ? undefined : JSON.stringify(body) });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: /^[[{]/.test(text) ? JSON.parse(text) : text };
}
async function be(account) {
  const answer = await ask('POST', '/auth/demo', '', { account });
  check(answer.status === 200, `${account}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.headers.getSetCookie().map((c) => c.split(';')[0]).join('; ');
}
await start();
let operator = await be('operator'), resident = await be('resident');
const phone = browser('phone'), other = browser('other');
let phoneId;

await test('who is signed in allows notices on a device, sees and removes their own only', async () => {
  const publicKey = (await ask('GET', '/push/key')).body.key;
  check(Buffer.from(publicKey, 'base64url').length === 65, publicKey);
  check((await ask('POST', '/push/subscriptions', '', phone.subscription)).status === 401, 'nobody');
  const made = await ask('POST', '/push/subscriptions', operator, { ...phone.subscription, language: 'ja', name: '当番の電話' });
  check(made.status === 201, JSON.stringify(made));
  phoneId = made.body.id;
  check((await ask('POST', '/push/subscriptions', resident, { ...other.subscription, language: 'en' })).status === 201, 'the resident');
  check((await ask('GET', '/push/subscriptions', operator)).body.map((d) => d.name).join() === '当番の電話', 'own ones');
  check((await ask('DELETE', `/push/subscriptions/${phoneId}`, resident)).status === 404, 'of another');
  check((await ask('POST', '/push/subscriptions', resident, { ...other.subscription, endpoint: 'file:///etc/passwd' })).status === 400, 'an address that is none');
  check((statSync(path.join(data, 'trust/push.key')).mode & 0o777) === 0o600, 'the key is private');
});

await test('somebody tries whether notices arrive', async () => {
  const [tried, message] = await Promise.all([ask('POST', '/push/test', operator), arrived()]);
  check(tried.status === 200 && tried.body.sent === true, JSON.stringify(tried));
  check(phone.read(message.body).title === '通知の確認' && message.headers.ttl === '60', 'another notice');
});

await test('an alarm is on the phone of who is on duty, and only that browser can read it', async () => {
  const roster = '[[duty]]\nname = "all"\n[[duty.step]]\npeople = [{ name = "当番", push = "operator" }]\n';
  const put = await ask('PUT', '/automation/roster', key, { text: roster });
  check(put.status === 200, JSON.stringify(put));
  const raised = await ask('POST', '/alarms', key, { entity: 'urn:ngsi-ld:Bridge:1', severity: 'critical', text: { ja: '橋に亀裂', en: 'A crack in the bridge' } });
  check(raised.status === 201, JSON.stringify(raised));
  const message = await arrived();
  check(message.method === 'POST' && message.path === '/send/phone', message.path);
  check(message.headers['content-encoding'] === 'aes128gcm' && message.headers.urgency === 'high' && Number(message.headers.ttl) > 0 && /^[\w-]{1,32}$/.test(message.headers.topic), JSON.stringify(message.headers));
  const notice = phone.read(message.body);
  check(notice.title === '【緊急】橋に亀裂' && notice.body.startsWith('Bridge:1\n') && notice.page === `/alarms?id=${raised.body.id}` && notice.lang === 'ja', JSON.stringify(notice));
  let readable = true;
  try { other.read(message.body); } catch { readable = false; }
  check(!readable, 'another browser read it');
  check(!message.body.includes('橋'), 'in the clear');
  await until(async () => (await ask('GET', `/alarms/${raised.body.id}`, key)).body.notices.some((n) => n.way === 'push' && n.person === '当番' && !n.fault), 'the alarm does not tell that it was sent');
});

await test('the push service can see whose message it is (VAPID)', async () => {
  await ask('POST', '/alarms', key, { entity: 'urn:ngsi-ld:Bridge:2', severity: 'minor', text: { ja: '二つ目' } });
  const { headers, body } = await arrived();
  const [, token, shown] = /^vapid t=([\w.-]+), k=([\w-]+)$/.exec(headers.authorization);
  const [head, claims, signature] = token.split('.'), point = Buffer.from(shown, 'base64url');
  check(shown === (await ask('GET', '/push/key')).body.key, 'the key is the one that browsers get');
  const publicKey = createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') } });
  check(verify('sha256', Buffer.from(`${head}.${claims}`), { key: publicKey, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')), 'the signature');
  const said = JSON.parse(Buffer.from(claims, 'base64url'));
  check(said.aud === serviceUrl && said.sub === 'mailto:push@example.org' && said.exp > Date.now() / 1000 && said.exp < Date.now() / 1000 + 86400, JSON.stringify(said));
  check(headers.urgency === 'normal' && phone.read(body).title === '【軽度】二つ目', 'the message');
});

await test('key and devices are there after a restart', async () => {
  const publicKey = (await ask('GET', '/push/key')).body.key;
  await server.stop();
  await start();
  operator = await be('operator');
  check((await ask('GET', '/push/key')).body.key === publicKey, 'another key');
  check((await ask('GET', '/push/subscriptions', operator)).body.length === 1, 'no device');
});

await test('a device that is gone is forgotten, and the alarm says that nobody was told', async () => {
  service.status = 410;
  const raised = await ask('POST', '/alarms', key, { entity: 'urn:ngsi-ld:Bridge:3', severity: 'major', text: { ja: '三つ目' } });
  await arrived();
  await until(async () => !(await ask('GET', '/push/subscriptions', operator)).body.length, 'it is still there');
  await until(async () => (await ask('GET', `/alarms/${raised.body.id}`, key)).body.notices.some((n) => n.fault), 'no fault is told');
});

await test('an account of another tenant is not called', async () => {
  service.status = 201;
  await ask('PUT', '/automation/roster', key, { text: '[[duty]]\nname = "all"\n[[duty.step]]\npeople = [{ name = "x", push = "none-such" }]\n' });
  const raised = await ask('POST', '/alarms', key, { entity: 'urn:ngsi-ld:Bridge:4', severity: 'major', text: { ja: '四つ目' } });
  const alarm = await until(async () => { const a = (await ask('GET', `/alarms/${raised.body.id}`, key)).body; return a.notices.length && a; }, 'nothing is told');
  check(/no account/.test(alarm.notices[0].fault), JSON.stringify(alarm.notices));
});

await server.stop();
pushServer.close();
rmSync(folder, { recursive: true, force: true });
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed ? 1 : 0);
