import { InfluxDB, Point } from '@influxdata/influxdb-client';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { check, counts, launch, run, test } from '../program.mjs';

const folder = mkdtempSync(path.join(tmpdir(), 'tsunagu-things-'));
const data = path.join(folder, 'data');
const keyFile = path.join(data, 'trust', 'operator.key');
let server, url, operator;

async function start(...options) {
  server = await launch(data, '--auth=on', ...options);
  url = server.url;
  operator = readFileSync(keyFile, 'utf8').trim();
}
async function ask(method, where, { body, headers = { Authorization: `Bearer ${operator}` }, type = 'application/json' } = {}) {
  const answer = await fetch(url + where, {
    method, headers: { ...(body === undefined ? {} : { 'Content-Type': type }), ...headers },
    body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body) });
  const text = await answer.text();
  return { status: answer.status, body: /^[[{]/.test(text) ? JSON.parse(text) : text };
}
const entity = async (id) => (await ask('GET', `/ngsi-ld/v1/entities/${id}`)).body;
/** How many instances of an attribute are remembered. */
async function remembered(id, name) {
  const got = await ask('GET', `/ngsi-ld/v1/temporal/entities/${id}?attrs=${name}&options=temporalValues&timerel=before&timeAt=2100-01-01T00:00:00Z`);
  return got.body[name].values.map((each) => each[0]);
}
await start();
await ask('POST', '/ngsi-ld/v1/entities', { body: { id: 'urn:ngsi-ld:ServiceGroup:bulk', type: 'ServiceGroup', name: 'bulk', autoProvision: true } });
const device = async (group, address) => (await ask('POST', '/things/devices', { body: { group, address } })).body;
const one = await device('paddy', 'A-1'), other = await device('paddy', 'A-2');
const say = (key, address, headers) =>
  ask('POST', `/iot/json?k=paddy&i=${address}`, { body: { waterLevel: 4.5 }, headers: headers ?? { 'X-API-Key': key } });

await test('a device speaks for itself with its key, and for nobody else', async () => {
  check((await say(one.key, 'A-1')).status === 200, 'its own');
  check((await say(one.key, 'A-1', { Authorization: `Bearer ${one.key}` })).status === 200, 'as a bearer');
  check((await say(one.key, 'A-1', { Authorization: 'Basic ' + Buffer.from(`x:${one.key}`).toString('base64') })).status === 200, 'as a password');
  check((await say(one.key, 'A-2')).status === 403, 'for another');
  check((await say(one.key.slice(0, -1) + '_', 'A-1')).status === 401, 'a key that is nearly right');
  check((await say('', 'A-1', {})).status === 401, 'no key');
  const link = '/iot/d?k=paddy&i=A-1&d=' + encodeURIComponent('waterLevel|9');
  check((await ask('GET', link, { headers: { 'X-API-Key': one.key } })).status === 200, 'by GET');
  check((await ask('GET', link, { headers: { Authorization: `Bearer ${operator}`, Cookie: 'tsunagu_session=x' } })).status === 403, 'a link that a browser follows');
  check((await ask('GET', '/things/devices', { headers: { 'X-API-Key': one.key } })).status === 403, 'the registry');
});

await test('a device cannot reach into another tenant', async () => {
  const made = await ask('POST', '/trust/tenants', { body: { name: 'otaru', title: '小樽市', admin: 'otaru-admin' } });
  check(made.status === 201, JSON.stringify(made));
  const there = await ask('POST', '/things/devices', { body: { group: 'paddy', address: 'A-9' }, headers: { Authorization: `Bearer ${operator}`, 'NGSILD-Tenant': 'otaru' } });
  check(there.status === 201, JSON.stringify(there));
  check((await say(one.key, 'A-9')).status === 404, 'not known here');
  check((await say(one.key, 'A-9', { 'X-API-Key': one.key, 'NGSILD-Tenant': 'otaru' })).status === 404, 'nor there');
  check((await say(there.body.key, 'A-9')).status === 200, 'its own tenant needs no naming');
});

await test('a new key ends the old one; a removed device is not heard', async () => {
  const renewed = (await ask('POST', `/things/devices/${other.id}/key`)).body;
  check((await say(renewed.key, 'A-2')).status === 200, 'the new key');
  check((await say(other.key, 'A-2')).status === 401, 'the old key');
  check((await ask('DELETE', `/things/devices/${other.id}`)).status === 204, 'removed');
  check((await say(renewed.key, 'A-2')).status === 401, 'gone');
});

await test('the client of InfluxDB 2 writes points, compressed when they are many', async () => {
  const api = new InfluxDB({ url, token: operator }).getWriteApi('any', 'bulk', 's', { batchSize: 5000, maxRetries: 0 });
  for (let i = 0; i < 3000; ++i) {
    api.writePoint(new Point('machine').tag('device', `m${i % 10}`).floatField('load', i + 0.5).intField('parts', i).booleanField('on', i % 2 === 0)
      .stringField('note', 'a "b", c').timestamp(1783126800 + i));
  }
  await api.close();
  const last = await entity('urn:ngsi-ld:Device:bulk:m9');
  check(last.load.value === 2999.5 && last.parts.value === 2999 && last.on.value === false && last.note.value === 'a "b", c', JSON.stringify(last));
  check((await remembered('urn:ngsi-ld:Device:bulk:m9', 'parts')).length === 300, 'each point is in the history');
});

await test('what was acknowledged is there after kill -9', async () => {
  const acknowledged = new Set();
  let going = true, killed;
  const senders = [0, 1, 2, 3].map(async (sender) => {
    for (let i = 0; going; ++i) {
      const number = sender * 1_000_000 + i;
      const answer = await ask('POST', '/write?db=bulk&precision=s', { body: `n,device=k${sender} number=${number}i ${1783126800 + i}`, type: 'text/plain' }).catch(() => null);
      if (answer === null) return;
      if (answer.status === 204) acknowledged.add(number);
      if (acknowledged.size === 400) { going = false; killed = server.stop('SIGKILL'); }
    }
  });
  await Promise.all(senders);
  await killed;
  await start();
  for (const sender of [0, 1, 2, 3]) {
    const there = new Set(await remembered(`urn:ngsi-ld:Device:bulk:k${sender}`, 'number'));
    for (const number of acknowledged) check(Math.floor(number / 1_000_000) !== sender || there.has(number), `${number} is lost`);
  }
  check(acknowledged.size >= 400, `${acknowledged.size} acknowledged`);
});

await test('tsunagu device: add, import with keys, list', async () => {
  const place = ['--at', url, '--key-file', keyFile];
  const added = await run('device', 'add', '--group', 'snow', '--address', 'S-1', '--lat', '43.1', '--lng', '141.3', ...place);
  check(added.status === 0 && /id   urn:ngsi-ld:Device:snow:S-1\nkey  tsk_/.test(added.out), added.out + added.err);
  const table = path.join(folder, 'devices.csv'), keys = path.join(folder, 'keys.csv');
  writeFileSync(table, 'group,address,asset,name,lat,lng\nsnow,S-2,urn:ngsi-ld:SnowDepthObserved:2,二号,43.2,141.4\nsnow,S-1,,,,\nsnow,bad/address,,,,\n');
  const imported = await run('device', 'import', table, '--keys', keys, ...place);
  check(imported.status === 1 && imported.out === '1 registered, 2 not\n', imported.out + imported.err);
  check(/line 3: .*has this address/.test(imported.err) && /line 4: .*must have/.test(imported.err), imported.err);
  check((statSync(keys).mode & 0o777) === 0o600, 'the keys are for their owner only');
  const key = readFileSync(keys, 'utf8').trim().split('\n')[1].split(',')[3];
  const heard = await ask('POST', '/iot/d?k=snow&i=S-2', { body: 'snowHeight|85', headers: { 'X-API-Key': key }, type: 'text/plain' });
  check(heard.status === 200, JSON.stringify(heard));
  const listed = await run('device', 'list', '--group', 'snow', '--status', 'online', ...place);
  check(/^online +urn:ngsi-ld:Device:snow:S-2  snow\/S-2/.test(listed.out) && !listed.out.includes('S-1'), listed.out + listed.err);
});

await test('the bench shows what a mapping makes of a payload, and keeps nothing', async () => {
  const mapping = '[bytes]\nfrom = "/data"\n[[reading]]\nname = "waterLevel"\nat = 0\nas = "i16be"\nscale = 0.1\n';
  const trial = await ask('POST', '/things/mappings/trial', { body: { mapping, payload: { data: 'AC0=' }, asset: 'urn:ngsi-ld:AgriParcel:1' } });
  check(trial.status === 200 && trial.body.readings[0].value === 4.5 && trial.body.entity.type === 'AgriParcel' && trial.body.entity.waterLevel.value === 4.5, JSON.stringify(trial));
  check((await ask('GET', '/ngsi-ld/v1/entities/urn:ngsi-ld:AgriParcel:1')).status === 404, 'kept');
  const wrong = await ask('POST', '/things/mappings/trial', { body: { mapping: 'x = 1', payload: '{}' } });
  check(wrong.status === 400 && wrong.body.detail.startsWith('mapping:1'), JSON.stringify(wrong));
});

await test('a client certificate stands for a device; another does not', async () => {
  const openssl = (...words) => execFileSync('openssl', words, { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] }).toString();
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=authority', '-days', '2');
  for (const name of ['server', 'one', 'two']) {
    openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    openssl('x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-out', `${name}.pem`, '-days', '2');
  }
  const print = openssl('x509', '-in', 'one.pem', '-noout', '-fingerprint', '-sha256').trim().split('=')[1];
  const made = await ask('POST', '/things/devices', { body: { group: 'cert', address: 'C-1', certificate: print } });
  check(made.status === 201 && !made.body.key && made.body.certificate === print.replaceAll(':', '').toLowerCase(), JSON.stringify(made));
  check((await ask('POST', '/things/devices', { body: { group: 'cert', address: 'C-2', certificate: print } })).status === 409, 'for two devices');
  check((await ask('POST', '/things/devices', { body: { group: 'cert', address: 'C-2', certificate: 'AB:CD' } })).status === 400, 'no fingerprint');
  check((await ask('GET', '/things/devices/urn:ngsi-ld:Device:cert:C-2')).status === 404, 'and so no device');
  await server.stop();
  const file = (name) => path.join(folder, name);
  await start('--tls-cert', file('server.pem'), '--tls-key', file('server.key'), '--client-ca', file('ca.pem'));
  const say = (name) => new Promise((resolve, reject) => {
    const request = https.request(`${url}/iot/json?k=cert&i=C-1`, { method: 'POST', rejectUnauthorized: false, headers: { 'Content-Type': 'application/json' },
      ...(name ? { cert: readFileSync(file(`${name}.pem`)), key: readFileSync(file(`${name}.key`)) } : {}) }, (answer) => { answer.resume(); resolve(answer.statusCode); });
    request.on('error', reject).end('{"t":1}');
  });
  check((await say('one')) === 200, 'its own');
  check((await say('two')) === 401, "another's");
  check((await say()) === 401, 'none');
});

await server.stop();
rmSync(folder, { recursive: true });
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed ? 1 : 0);
