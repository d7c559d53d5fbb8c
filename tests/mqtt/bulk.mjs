// One command for many devices, configurations, and firmware that devices fetch.
import { createHash } from 'node:crypto';
import mqtt from 'mqtt';
import { check, clean, counts, port, test, tsunagu, until } from './program.mjs';

await tsunagu.start();
const property = (value) => ({ type: 'Property', value });
const gates = [];
for (const n of [1, 2, 3]) gates.push(await tsunagu.device('paddy', `gate-${n}`, { commands: ['gate', 'firmware', 'configuration'] }));
const mute = await tsunagu.device('paddy', 'gauge');
const bulk = (body) => tsunagu.ask('POST', '/things/commands', body);
const progress = async (id, more = '') => (await tsunagu.ask('GET', `/things/commands/${id}${more}`)).body;
const connect = async (device) => {
  const client = mqtt.connect({ host: '127.0.0.1', port, username: device.user, password: device.key, clientId: device.user.replace('/', '-'), reconnectPeriod: 0 });
  await new Promise((resolve) => client.once('connect', resolve));
  const came = [];
  client.on('message', (topic, bytes) => came.push(JSON.parse(bytes)));
  await new Promise((resolve) => client.subscribe(`/${device.user}/cmd`, { qos: 1 }, resolve));
  const next = (name) => until(() => { const at = came.findIndex((each) => name in each); return at >= 0 && came.splice(at, 1)[0][name]; }, `the command ${name}`);
  const answer = (body) => client.publish(`/${device.user}/cmdexe`, JSON.stringify(body), { qos: 1 });
  return { client, next, answer };
};
const lines = [await connect(gates[0]), await connect(gates[1])];  // the third is away

let first;
await test('a group is asked at once, and how far it came can be looked at', async () => {
  const { status, body } = await bulk({ command: 'gate', value: 'closed', group: 'paddy' });
  check(status === 202 && body.total === 4 && body.byStatus.refused === 1, JSON.stringify(body));
  first = body.id;
  for (const line of lines) check((await line.next('gate')) === 'closed', 'closed');
  lines[0].answer({ gate: 'closed' });
  lines[1].answer({ gate: { error: 'jammed' } });
  await until(async () => { const { byStatus } = await progress(first); return byStatus.executed === 1 && byStatus.failed === 1 && byStatus.pending === 1; }, 'one of each');
  const failed = await progress(first, '?status=failed');
  check(failed.devices.length === 1 && failed.devices[0].id === gates[1].id && failed.devices[0].info.error === 'jammed', JSON.stringify(failed));
  const [refused] = (await progress(first, '?status=refused')).devices;
  check(refused.id === mute.id && refused.info.includes('it has no command gate'), JSON.stringify(refused));
  const list = (await tsunagu.ask('GET', '/things/commands')).body;
  check(list.length === 1 && list[0].id === first && list[0].requestedBy, JSON.stringify(list));
});
await test('it goes on after a restart; who was away gets it then', async () => {
  for (const { client } of lines) client.end(true);
  await tsunagu.stop('SIGKILL');
  await tsunagu.start();
  const { byStatus } = await progress(first);
  check(byStatus.executed === 1 && byStatus.failed === 1 && byStatus.pending === 1 && byStatus.refused === 1, JSON.stringify(byStatus));
  const late = await connect(gates[2]);
  check((await late.next('gate')) === 'closed', 'closed');
  late.answer({ gate: 'closed' });
  await until(async () => (await progress(first)).byStatus.executed === 2, 'executed');
  late.client.end(true);
});
await test('a later command takes its place, and what nobody fetches in time expires', async () => {
  const second = (await bulk({ command: 'gate', value: 'open', devices: [gates[0].id], validUntil: new Date(Date.now() + 1500).toISOString() })).body.id;
  check((await progress(first)).byStatus.replaced === 1, 'replaced');
  await until(async () => (await progress(second)).byStatus.expired === 1, 'expired');
});
await test('a configuration and firmware are pushed; the device fetches the file with its key, also in two parts', async () => {
  const bytes = Buffer.alloc(300_000, 'firmware ');
  const made = await fetch(`${tsunagu.url}/things/files?name=gate.bin&version=1.2.0`, { method: 'POST', headers: { Authorization: `Bearer ${tsunagu.key}`, 'Content-Type': 'application/octet-stream' }, body: bytes });
  const file = await made.json();
  check(made.status === 201 && file.sha256 === createHash('sha256').update(bytes).digest('hex') && file.size === bytes.length, JSON.stringify(file));
  const line = await connect(gates[0]);
  await bulk({ command: 'configuration', value: { interval: 600, alarm: { low: 3 } }, devices: [gates[0].id] });
  check((await line.next('configuration')).alarm.low === 3, 'the configuration');
  const { body } = await bulk({ command: 'firmware', file: file.sha256, devices: [gates[0].id] });
  const told = await line.next('firmware');
  check(told.version === '1.2.0' && told.sha256 === file.sha256 && told.name === 'gate.bin', JSON.stringify(told));
  const get = (key, headers = {}) => fetch(tsunagu.url + told.url, { headers: { 'X-API-Key': key, ...headers } });
  check(Buffer.from(await (await get(gates[0].key)).arrayBuffer()).equals(bytes), 'the whole');
  const rest = await get(gates[0].key, { Range: 'bytes=100000-' });
  check(rest.status === 206 && rest.headers.get('content-range') === 'bytes 100000-299999/300000', String(rest.status));
  check(Buffer.from(await rest.arrayBuffer()).equals(bytes.subarray(100_000)), 'the rest');
  check((await get('tsk_wrong')).status === 401, 'a wrong key');
  line.answer({ firmware: 'installed' });
  await until(async () => (await progress(body.id)).byStatus.executed === 1, 'executed');
  line.client.end(true);
});
await test('what cannot be asked is refused as a whole', async () => {
  for (const body of [{ command: 'gate', value: 1 }, { command: 'gate', group: 'paddy' }, { command: 'gate', value: 1, group: 'none' }, { command: 'a b', value: 1, group: 'paddy' }, { command: 'firmware', file: '0'.repeat(64), group: 'paddy' }]) {
    const { status } = await bulk(body);
    check(status === 400 || status === 404, `${status} ${JSON.stringify(body)}`);
  }
  const asked = await fetch(`${tsunagu.url}/things/commands`, { method: 'POST', headers: { 'X-API-Key': gates[0].key, 'Content-Type': 'application/json' }, body: JSON.stringify({ command: 'gate', value: 'open', group: 'paddy' }) });
  check(asked.status === 403, `a device: ${asked.status}`);
});

await tsunagu.stop();
clean();
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed ? 1 : 0);
