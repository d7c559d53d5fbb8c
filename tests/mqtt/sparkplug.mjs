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

const change = (id, attributes) => tsunagu.ask('POST', `/ngsi-ld/v1/entities/${encodeURIComponent(id)}/attrs`, Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, { type: 'Property', value }])));
const now = () => Date.now();
let seq = 0;
const payload = (metrics) => Buffer.from(encodePayload({ timestamp: now(), seq: seq++ % 256, metrics }));
const node = mqtt.connect({
  host: '127.0.0.1', port, username: press.user, password: press.key, clientId: 'press', reconnectPeriod: 0, protocolVersion: 4,
  will: { topic: 'spBv1.0/plant/NDEATH/press', qos: 1, retain: false, payload: Buffer.from(encodePayload({ timestamp: now(), metrics: [{ name: 'bdSeq', type: 'UInt64', value: 0 }] })) },
});
await new Promise((resolve) => node.once('connect', resolve));
// Everything that comes down, in its order.
const came = [];
node.on('message', (topic, bytes) => came.push([topic, bytes]));
const next = (topic) => until(() => { const at = came.findIndex(([each]) => each === topic); return at >= 0 && came.splice(at, 1)[0][1]; }, topic);
await new Promise((resolve) => node.subscribe(['spBv1.0/plant/NCMD/press', 'spBv1.0/plant/DCMD/press/+', 'spBv1.0/STATE/tsunagu'], { qos: 1 }, resolve));
const send = (type, metrics, device = '') => new Promise((resolve) => node.publish(`spBv1.0/plant/${type}/press${device}`, payload(metrics), { qos: 1 }, resolve));
const birth = async () => {
  seq = 0;
  await send('NBIRTH', [{ name: 'bdSeq', type: 'UInt64', value: 0 }, { name: 'Node Control/Rebirth', type: 'Boolean', value: false }, { name: 'Motor/Speed', alias: 1, type: 'Int32', value: 1200 }]);
  await send('DBIRTH', [{ name: 'force', alias: 2, type: 'Double', value: 10.5 }, { name: 'state', alias: 3, type: 'String', value: '停止' }], '/ram');
};

await test('an edge node that waits for its primary host is told that it is there', async () => {
  const state = JSON.parse(await next('spBv1.0/STATE/tsunagu'));
  check(state.online === true && Number.isInteger(state.timestamp), JSON.stringify(state));
});
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
  seq += 1;
  await send('NDATA', [{ alias: 1, type: 'Int32', value: 99 }]);
  const [metric] = decodePayload(await next('spBv1.0/plant/NCMD/press')).metrics;
  check(metric.name === 'Node Control/Rebirth' && metric.value === true, JSON.stringify(metric));
  check((await value(press.id, 'Motor_Speed')) === -7, 'the alias was believed');
  await birth();
  await send('NDATA', [{ alias: 1, type: 'Int32', value: 1300 }]);
  await until(async () => (await value(press.id, 'Motor_Speed')) === 1300, 'the thread is found again');
});
await test('a command goes to node and device as NCMD and DCMD, and is executed when they report it', async () => {
  await change(press.id, { commands: ['Motor_Speed'] });
  await change(ram, { commands: ['force', 'state'] });
  await change(press.id, { Motor_Speed: 900 });
  const [speed] = decodePayload(await next('spBv1.0/plant/NCMD/press')).metrics;
  check(Number(speed.alias) === 1 && speed.value === 900, JSON.stringify(speed));
  await until(async () => (await value(press.id, 'Motor_Speed_status')) === 'delivered', 'delivered');
  await send('NDATA', [{ alias: 1, type: 'Int32', value: 900 }]);
  await until(async () => (await value(press.id, 'Motor_Speed_status')) === 'executed', 'executed');
  await change(ram, { force: 2.5 });
  const [force] = decodePayload(await next('spBv1.0/plant/DCMD/press/ram')).metrics;
  check(Number(force.alias) === 2 && force.value === 2.5, JSON.stringify(force));
  await send('DDATA', [{ alias: 2, type: 'Double', value: 2.4 }], '/ram');
  await until(async () => (await value(ram, 'force')) === 2.4, 'what it was on the way');
  check((await value(ram, 'force_status')) === 'delivered', 'not there yet');
  await send('DDATA', [{ alias: 2, type: 'Double', value: 2.5 }], '/ram');
  await until(async () => (await value(ram, 'force_status')) === 'executed', 'executed');
  await change(ram, { state: 5 });
  await until(async () => (await value(ram, 'state_status')) === 'failed', 'a text cannot be 5');
});
await test('who asked a device for something is in the log', async () => {
  const { body } = await tsunagu.ask('GET', '/trust/log?limit=50');
  const events = (body.events ?? body).filter((each) => each.action === 'command');
  check(events.length >= 3 && events.some((each) => each.entities?.includes(press.id)) && events.every((each) => each.subject), JSON.stringify(body).slice(0, 500));
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
