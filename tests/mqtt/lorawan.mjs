// A LoRaWAN network server with the topics of ChirpStack v4, and a gate behind it.
import mqtt from 'mqtt';
import { check, clean, counts, port, test, tsunagu, until } from './program.mjs';

await tsunagu.start();
const eui = '70b3d57ed0000001';
const gate = `urn:ngsi-ld:Device:orchard:${eui}`;
const property = (value) => ({ type: 'Property', value });
const mapping = `
[[command]]
name = "gate"
port = 12
[[command.field]]
at = 0
as = "u8"
values = { "closed" = 0, "open" = 1 }
[[command]]
name = "beep"
confirmed = false
bytes = "07"
`;
const made = async (entity) => { const answer = await tsunagu.ask('POST', '/ngsi-ld/v1/entities', entity); check(answer.status === 201, JSON.stringify(answer)); };
await made({ id: 'urn:ngsi-ld:DeviceModel:valve', type: 'DeviceModel', payloadMapping: property(mapping) });
await made({ id: 'urn:ngsi-ld:ServiceGroup:orchard', type: 'ServiceGroup', name: property('orchard') });
await made({ id: gate, type: 'Device', serviceGroup: property('orchard'), deviceAddress: property(eui), hasModel: { type: 'Relationship', object: 'urn:ngsi-ld:DeviceModel:valve' }, supportedProtocol: property(['LoRaWAN']), commands: property(['gate', 'beep', 'raw', 'colour']) });
const value = async (name) => (await tsunagu.entity(gate))[name]?.value;
const ask = async (name, wanted) => check((await tsunagu.ask('POST', `/ngsi-ld/v1/entities/${gate}/attrs`, { [name]: property(wanted) })).status === 204, 'asked');

// The network server comes in with the key of a program.
const users = (await tsunagu.state()).mosquitto.users;
const program = await tsunagu.ask('POST', '/auth/keys', { name: 'ChirpStack', kind: 'program', subject: 'urn:ngsi-ld:Program:chirpstack' });
check(program.status === 201, JSON.stringify(program));
await until(async () => (await tsunagu.state()).mosquitto.users > users, 'mosquitto knows the program');
const server = mqtt.connect({ host: '127.0.0.1', port, username: program.body.id, password: program.body.key, clientId: 'chirpstack', reconnectPeriod: 0 });
await new Promise((resolve, reject) => { server.once('connect', resolve); server.once('error', reject); });
const came = [];
server.on('message', (topic, bytes) => came.push({ topic, down: JSON.parse(bytes) }));
await new Promise((resolve) => server.subscribe('application/orchard/device/+/command/down', { qos: 1 }, resolve));
const downlink = async () => (await until(() => came.shift(), 'a downlink')).down;
const tell = (event, body) => new Promise((resolve) => server.publish(`application/orchard/device/${eui}/event/${event}`, JSON.stringify({ deviceInfo: { devEui: eui, applicationId: 'orchard' }, ...body }), { qos: 1 }, resolve));
const status = (name, wanted) => until(async () => (await value(`${name}_status`)) === wanted, `${name} is ${wanted}`);

await test('a command becomes bytes by the mapping of the model; queued, acknowledged, reported', async () => {
  await ask('gate', 'open');
  const down = await downlink();
  check(down.devEui === eui && down.fPort === 12 && down.confirmed === true && down.data === 'AQ==' && /^[0-9a-f-]{36}$/.test(down.id), JSON.stringify(down));
  await until(async () => (await value('gate_info')) === 'ChirpStack has it, for when the device listens', 'queued');
  check((await value('gate_status')) === 'pending', 'not delivered yet');
  await tell('txack', { queueItemId: down.id });
  await until(async () => (await value('gate_info'))?.startsWith('sent by the gateway'), 'sent');
  await tell('ack', { queueItemId: down.id, acknowledged: true });
  await status('gate', 'delivered');
  await tell('up', { time: new Date().toISOString(), fPort: 2, object: { gate: 'open' } });
  await status('gate', 'executed');
});
await test('a downlink that the device did not acknowledge is sent again', async () => {
  await ask('gate', 'closed');
  const first = await downlink();
  await until(async () => (await value('gate_info'))?.startsWith('ChirpStack has it'), 'queued');
  await tell('ack', { queueItemId: first.id, acknowledged: false });
  const second = await downlink();
  check(second.data === 'AA==' && second.id === first.id, JSON.stringify(second));
  await until(async () => (await value('gate_info'))?.startsWith('ChirpStack has it'), 'queued again');
  await tell('ack', { queueItemId: second.id, acknowledged: true });
  await status('gate', 'delivered');
});
await test('an unconfirmed downlink is delivered when the gateway has sent it', async () => {
  await ask('beep', 1);
  const down = await downlink();
  check(down.confirmed === false && down.data === 'Bw==' && down.fPort === 10, JSON.stringify(down));
  await until(async () => (await value('beep_info'))?.startsWith('ChirpStack has it'), 'queued');
  await tell('txack', { queueItemId: down.id });
  await status('beep', 'delivered');
});
await test('bytes can be given, and without a mapping the codec of ChirpStack makes them', async () => {
  await ask('raw', { fPort: 5, data: 'AQID' });
  const bytes = await downlink();
  check(bytes.fPort === 5 && bytes.data === 'AQID', JSON.stringify(bytes));
  await ask('colour', 'red');
  const object = await downlink();
  check(object.object.colour === 'red' && object.data === undefined, JSON.stringify(object));
});
await test('what cannot be said to the device has failed, with the reason', async () => {
  await ask('gate', 'ajar');
  await status('gate', 'failed');
  check((await value('gate_info')).includes('is none of its values'), await value('gate_info'));
});
await test('a network server that is not there: the command waits and says why', async () => {
  await new Promise((resolve) => server.unsubscribe('application/orchard/device/+/command/down', resolve));
  await ask('gate', 'open');
  await until(async () => (await value('gate_info')) === 'ChirpStack is not connected', 'the reason');
  await new Promise((resolve) => server.subscribe('application/orchard/device/+/command/down', { qos: 1 }, resolve));
  check((await downlink()).data === 'AQ==', 'it comes');
});

await test('a program speaks for groups of its tenant only', async () => {
  const { received } = (await tsunagu.state()).messages;
  const foreign = (topic) => new Promise((resolve) => server.publish(topic, JSON.stringify({ deviceInfo: { devEui: eui, applicationId: 'orchard' }, object: { gate: 'stolen' } }), { qos: 1 }, resolve));
  await foreign(`application/none/device/${eui}/event/up`);
  await foreign(`/json/orchard/${eui}/attrs`);
  await tell('up', { time: new Date().toISOString(), fPort: 2, object: { level: 7 } });
  await until(async () => (await value('level')) === 7, 'its own');
  check((await tsunagu.state()).messages.received === received + 1, 'it came through');
});

server.end(true);
await tsunagu.stop();
clean();
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed ? 1 : 0);
