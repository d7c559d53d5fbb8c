// Unchanged clients (mosquitto_pub, npm mqtt) and a mosquitto that is killed.
import mqtt from 'mqtt';
import { alive, check, clean, counts, history, port, publish, test, tsunagu, until } from './program.mjs';

await tsunagu.start();
const gauge = await tsunagu.device('paddy', 'g1');
const value = async (name, device = gauge) => (await tsunagu.entity(device.id))[name]?.value;
const as = (device) => ['-u', device.user, '-P', device.key];
const connect = (device, more = {}) =>
  mqtt.connect({ host: '127.0.0.1', port, username: device.user, password: device.key, clientId: device.user.replace('/', '-'), clean: false, reconnectPeriod: 50, ...more });

await test('mosquitto_pub, 3.1.1 and 5: JSON and UltraLight become attributes', async () => {
  for (const version of ['311', '5']) {
    const sent = await publish(...as(gauge), '-V', version, '-t', '/json/paddy/g1/attrs', '-m', `{"waterLevel":${version}}`);
    check(sent.status === 0, sent.text);
    await until(async () => (await value('waterLevel')) === Number(version), 'the level');
  }
  await publish(...as(gauge), '-t', '/ul/paddy/g1/attrs', '-m', 't|15.5|k|abc');
  await until(async () => (await value('t')) === 15.5 && (await value('k')) === 'abc', 'the UltraLight values');
  await publish(...as(gauge), '-t', '/ul/paddy/g1/attrs/t', '-m', '16.5');
  await until(async () => (await value('t')) === 16.5, 'the bare value');
});

await test('a wrong key, no key, and the topic of another are refused', async () => {
  check((await publish('-u', gauge.user, '-P', 'tsk_wrong', '-t', '/json/paddy/g1/attrs', '-m', '{"waterLevel":1}')).status !== 0, 'wrong key');
  check((await publish('-t', '/json/paddy/g1/attrs', '-m', '{"waterLevel":1}')).status !== 0, 'no key');
  const other = await publish(...as(gauge), '-V', '5', '-t', '/json/paddy/g2/attrs', '-m', '{"waterLevel":1}');
  check(/not authorized/i.test(other.text), other.text);
});

await test('the topic of another in 3.1.1, which has no word for it, and a topic that nobody knows: nothing is written', async () => {
  const victim = await tsunagu.device('paddy', 'victim');
  for (const topic of ['/json/paddy/victim/attrs', '/ul/paddy/victim/attrs/waterLevel', '/paddy/victim/cmdexe', 'spBv1.0/paddy/NDATA/victim', '/json/paddy/g1/attrs/a/b', '$SYS/broker', 'x']) {
    await publish(...as(gauge), '-V', '311', '-t', topic, '-m', '{"waterLevel":666}');
  }
  const before = (await tsunagu.state()).messages.received;
  await publish(...as(gauge), '-t', '/json/paddy/g1/attrs', '-m', '{"afterwards":1}');
  await until(async () => (await value('afterwards')) === 1, 'its own');
  check((await value('waterLevel', victim)) === undefined, 'written');
  check((await tsunagu.state()).messages.received === before + 1, 'it came through');
});

await test('a message twice, and messages in the wrong order: each is kept once, in its place', async () => {
  const { rejected } = (await tsunagu.state()).messages;
  const clock = await tsunagu.device('paddy', 'clock');
  const line = mqtt.connect({ host: '127.0.0.1', port, username: clock.user, password: clock.key, clientId: 'clock' });
  await new Promise((resolve) => line.once('connect', resolve));
  for (const [n, dup] of [[1], [4], [2], [4, true], [3], [2, true]]) {
    await new Promise((resolve) => line.publish('/json/paddy/clock/attrs', JSON.stringify({ tick: n, TimeInstant: `2026-07-04T00:00:0${n}Z` }), { qos: 1, dup: Boolean(dup) }, resolve));
  }
  line.end();
  const series = () => tsunagu.ask('GET', `/ngsi-ld/v1/temporal/entities/${clock.id}?attrs=tick&options=temporalValues`);
  await until(async () => (await series()).body.tick?.values?.length === 4, 'all four');
  const { values } = (await series()).body.tick;
  const order = values.map(([tick]) => tick).sort().join();
  check(order === '1,2,3,4' && (await value('tick', clock)) === 4, JSON.stringify(values));
  check((await tsunagu.state()).messages.rejected === rejected, 'none was rejected');
});

await test('garbage is taken off the line and counted; too much ends the connection', async () => {
  const before = (await tsunagu.state()).messages.rejected;
  await publish(...as(gauge), '-t', '/json/paddy/g1/attrs', '-m', '\u0001\u0002{{{');
  await publish(...as(gauge), '-t', '/json/paddy/g1/attrs', '-m', '{"waterLevel":1e400}');
  await publish(...as(gauge), '-t', '/json/paddy/g1/attrs', '-m', '{"waterLevel":NaN}');
  await publish(...as(gauge), '-t', '/json/paddy/g1/attrs', '-n');
  const state = await until(async () => { const now = await tsunagu.state(); return now.messages.rejected >= before + 4 && now; }, 'all rejected');
  check(state.messages.waiting === 0 && state.lastFault.reason.includes('/json/paddy/g1/attrs'), JSON.stringify(state));
  const client = connect(gauge, { clientId: 'large', reconnectPeriod: 0 });
  await new Promise((resolve) => client.once('connect', resolve));
  client.publish('/json/paddy/g1/attrs', 'x'.repeat(10 << 20), { qos: 1 });
  await new Promise((resolve) => client.once('close', resolve));
});

await test('a key that is revoked ends the connection, and opens no other', async () => {
  const thief = await tsunagu.device('paddy', 'g9');
  const client = connect(thief);
  await new Promise((resolve) => client.once('connect', resolve));
  const gone = new Promise((resolve) => client.once('close', resolve));
  const refused = new Promise((resolve) => client.on('error', resolve));
  check((await tsunagu.ask('DELETE', `/auth/keys/${thief.keyId}`)).status === 204, 'revoked');
  await gone;
  await refused;
  client.end(true);
});

await test('a command goes down and its answer comes up: JSON', async () => {
  const gate = await tsunagu.device('paddy', 'gate-1', { commands: ['gate'] });
  const set = (wanted, where = gate.id) => tsunagu.ask('POST', `/ngsi-ld/v1/entities/${where}/attrs`, { gate: { type: 'Property', value: wanted } });
  check((await set('open')).status === 204, 'written');
  await until(async () => (await value('gate_info', gate)) === 'the device is not connected', 'pending, with the reason');
  check((await value('gate_status', gate)) === 'pending', 'pending');
  const device = connect(gate, { protocolVersion: 4 });
  const asked = new Promise((resolve) => device.once('message', (topic, payload) => resolve([topic, payload.toString()])));
  await new Promise((resolve) => device.subscribe('/paddy/gate-1/cmd', { qos: 1 }, resolve));
  const [topic, payload] = await asked;
  check(topic === '/paddy/gate-1/cmd' && payload === '{"gate":"open"}', `${topic} ${payload}`);
  await until(async () => (await value('gate_status', gate)) === 'delivered', 'delivered');
  device.publish('/paddy/gate-1/cmdexe', '{"gate":"opened"}', { qos: 1 });
  await until(async () => (await value('gate_status', gate)) === 'executed' && (await value('gate_info', gate)) === 'opened', 'executed');
  await new Promise((resolve) => device.unsubscribe('/paddy/gate-1/cmd', resolve));
  device.end();
});

await test('a device that asks over HTTP gets its commands in UltraLight, and may fail; others may not ask', async () => {
  const pump = await tsunagu.device('paddy', 'pump-1', { commands: ['pump'], controlledAsset: { type: 'Relationship', object: 'urn:ngsi-ld:Paddy:1' } });
  await tsunagu.ask('POST', '/ngsi-ld/v1/entities', { id: 'urn:ngsi-ld:Paddy:1', type: 'Paddy', pump: { type: 'Property', value: 'on' } });
  const status = async () => (await tsunagu.entity('urn:ngsi-ld:Paddy:1')).pump_status?.value;
  await until(async () => (await status()) === 'pending', 'pending');
  const ask = (method, key, body) => fetch(`${tsunagu.url}/iot/d/commands?k=paddy&i=pump-1`, { method, headers: { 'X-API-Key': key }, body });
  check((await ask('GET', gauge.key)).status === 403, 'another device');
  const answer = await until(async () => (await ask('GET', pump.key)).text(), 'the command');
  check(answer === 'pump-1@pump|on', answer);
  await until(async () => (await status()) === 'delivered', 'delivered');
  check((await ask('POST', pump.key, 'pump-1@pump|ERROR no power')).status === 204, 'answered');
  await until(async () => (await status()) === 'failed', 'failed');
});

// One device sends numbers; `acknowledged` are those for which the client got a PUBACK, over kills of either program.
const sender = await tsunagu.device('paddy', 'g7');
const acknowledged = new Set();
let next = 0;
function send(client, many) {
  for (let i = 0; i < many; ++i) {
    const n = ++next;
    client.publish('/json/paddy/g7/attrs', JSON.stringify({ n, TimeInstant: new Date(1_700_000_000_000 + n * 1000).toISOString() }), { qos: 1 }, (error) => {
      if (!error) acknowledged.add(n);
    });
  }
}
const client = connect(sender);
client.on('error', () => {});  // refused while mosquitto is closed: it connects again
await new Promise((resolve) => client.once('connect', resolve));

await test('mosquitto is killed under load, three times: it comes back', async () => {
  for (let round = 0; round < 3; ++round) {
    send(client, 1000);
    const before = acknowledged.size;
    await until(() => acknowledged.size > before + 200, 'some acknowledged');
    const { mosquitto } = await tsunagu.state();
    process.kill(mosquitto.pid, 'SIGKILL');
    await until(async () => { const now = (await tsunagu.state()).mosquitto; return now.pid !== mosquitto.pid && now.open; }, 'another mosquitto');
    await until(() => acknowledged.size === next, 'all acknowledged in the end');
  }
});

await test('outages are told, with their reason', async () => {
  const state = await until(async () => { const now = await tsunagu.state(); return now.connected && now; }, 'connected');
  check(state.outages.length >= 4 && state.outages.every((each) => each.until && each.reason), JSON.stringify(state.outages));
  check(state.mosquitto.starts >= 4 && state.mosquitto.lastEnd === 'killed by signal 9', JSON.stringify(state.mosquitto));
});

await test('Tsunagu is killed under load: mosquitto goes with it, and both come back', async () => {
  for (let round = 0; round < 2; ++round) {
    send(client, 1000);
    const before = acknowledged.size;
    await until(() => acknowledged.size > before + 200, 'some acknowledged');
    const { mosquitto } = await tsunagu.state();
    await tsunagu.stop('SIGKILL');
    await until(() => !alive(mosquitto.pid), 'mosquitto is gone');
    await tsunagu.start();
    await until(() => acknowledged.size === next, 'all acknowledged in the end');
  }
});

await test('nothing that was acknowledged is lost', async () => {
  await until(async () => { const now = await tsunagu.state(); return now.connected && now.messages.waiting === 0; }, 'everything is on disk');
  client.end(true);
  const { mosquitto } = await tsunagu.state();
  await tsunagu.stop();
  check(!alive(mosquitto.pid), 'mosquitto has ended, too');
  const held = new Set(history('n'));
  const lost = [...acknowledged].filter((n) => !held.has(n));
  check(acknowledged.size === 5000 && lost.length === 0, `${lost.length} of ${acknowledged.size} lost: ${lost.slice(0, 20)}`);
});

clean();
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed ? 1 : 0);
