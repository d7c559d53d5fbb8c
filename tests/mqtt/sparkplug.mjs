// An edge node of Sparkplug B: payloads by npm sparkplug-payload, unchanged.
import mqtt from 'mqtt';
import sparkplug from 'sparkplug-payload';
import { check, clean, counts, port, test, tsunagu, until } from './program.mjs';

const { encodePayload, decodePayload } = sparkplug.get('spBv1.0');
await tsunagu.start();
await tsunagu.ask('POST', '/ngsi-ld/v1/entities', { id: 'urn:ngsi-ld:ServiceGroup:plant', type: 'ServiceGroup', name: 'plant', autoProvision: true });
const press = await tsunagu.device('plant', 'press', { supportedProtocol: ['sparkplugB'] });
const ram = 'urn:ngsi-ld:Device:plant:press%3Aram';
const value = async (id, name) => (await tsunagu.entity(id))[name]?.value;

const now = () => Date.now();
let seq = 0;
const payload = (metrics) => Buffer.from(encodePayload({ timestamp: now(), seq: seq++ % 256, metrics }));
const node = mqtt.connect({
  host: '127.0.0.1', port, username: press.user, password: press.key, clientId: 'press', reconnectPeriod: 0, protocolVersion: 4,
  will: { topic: 'spBv1.0/plant/NDEATH/press', qos: 1, retain: false, payload: Buffer.from(encodePayload({ timestamp: now(), metrics: [{ name: 'bdSeq', type: 'UInt64', value: 0 }] })) },
});
await new Promise((resolve) => node.once('connect', resolve));
await new Promise((resolve) => node.subscribe('spBv1.0/plant/NCMD/press', { qos: 1 }, resolve));
const send = (type, metrics, device = '') => new Promise((resolve) => node.publish(`spBv1.0/plant/${type}/press${device}`, payload(metrics), { qos: 1 }, resolve));
const birth = async () => {
  seq = 0;
  await send('NBIRTH', [{ name: 'bdSeq', type: 'UInt64', value: 0 }, { name: 'Node Control/Rebirth', type: 'Boolean', value: false }, { name: 'Motor/Speed', alias: 1, type: 'Int32', value: 1200 }]);
  await send('DBIRTH', [{ name: 'force', alias: 2, type: 'Double', value: 10.5 }, { name: 'state', alias: 3, type: 'String', value: '停止' }], '/ram');
};

await test('a birth makes the attributes, and what hangs on the node is a device of its own', async () => {
  await birth();
  await until(async () => (await value(press.id, 'Motor_Speed')) === 1200 && (await value(press.id, 'online')) === true, 'the node');
  await until(async () => (await value(ram, 'force')) === 10.5 && (await value(ram, 'state')) === '停止', 'the device');
});
await test('data come by alias', async () => {
  await send('NDATA', [{ alias: 1, type: 'Int32', value: -7 }]);
  await send('DDATA', [{ alias: 2, type: 'Double', value: 11.25 }], '/ram');
  await until(async () => (await value(press.id, 'Motor_Speed')) === -7 && (await value(ram, 'force')) === 11.25, 'both');
});
await test('a message that is missing: it is asked for a rebirth, and nothing is written under a wrong name', async () => {
  const asked = new Promise((resolve) => node.once('message', (topic, bytes) => resolve(decodePayload(bytes))));
  seq += 1;
  await send('NDATA', [{ alias: 1, type: 'Int32', value: 99 }]);
  const [metric] = (await asked).metrics;
  check(metric.name === 'Node Control/Rebirth' && metric.value === true, JSON.stringify(metric));
  check((await value(press.id, 'Motor_Speed')) === -7, 'the alias was believed');
  await birth();
  await send('NDATA', [{ alias: 1, type: 'Int32', value: 1300 }]);
  await until(async () => (await value(press.id, 'Motor_Speed')) === 1300, 'the thread is found again');
});
await test('a death by the will of the line: node and device are offline', async () => {
  node.stream.destroy();
  await until(async () => (await value(press.id, 'online')) === false && (await value(ram, 'online')) === false, 'offline');
  const { sparkplug: state } = await tsunagu.state();
  check(state.nodes === 1 && state.online === 0 && state.gaps === 1 && state.rebirthsAsked === 1, JSON.stringify(state));
});

node.end(true);
await tsunagu.stop();
clean();
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed ? 1 : 0);
