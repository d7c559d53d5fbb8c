// Very many devices that come back at once when mosquitto is killed. DEVICES=…; without it as many as file limits allow, at most 10,000.
import { execFileSync } from 'node:child_process';
import { connect as dial } from 'node:net';
import packets from 'mqtt-packet';
import { check, clean, counts, history, port, test, tsunagu, until } from './program.mjs';

const limit = Number(execFileSync('bash', ['-c', 'ulimit -Hn'], { encoding: 'utf8' })) || 1_000_000;
const many = Number(process.env.DEVICES) || Math.min(10_000, limit - 300);
const begun = 1_700_000_000_000;

await tsunagu.start();
const gauge = await tsunagu.device('paddy', 'storm');

/** One connection of its own: says one number, with its time, and says it again on a new line until it is acknowledged. */
class Device {
  constructor(n) { this.n = n; }
  connect(said) {
    this.said = said;
    this.acknowledged = false;
    this.dial();
  }
  dial() {
    const line = dial({ port, host: '127.0.0.1', localAddress: `127.0.1.${1 + (this.n % 250)}` });  // one address has too few ports
    const parser = packets.parser({ protocolVersion: 4 });
    this.line = line;
    line.on('connect', () => line.write(packets.generate({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, clientId: `storm-${this.n}`, keepalive: 0, username: gauge.user, password: Buffer.from(gauge.key) })));
    line.on('data', (bytes) => parser.parse(bytes));
    line.on('error', () => {});
    line.on('close', () => { if (!this.done) setImmediate(() => this.dial()); });  // at once, as the worst of them do
    parser.on('packet', (packet) => {
      if (packet.cmd === 'connack' && packet.returnCode === 0 && !this.acknowledged) {
        line.write(packets.generate({ cmd: 'publish', topic: '/json/paddy/storm/attrs', payload: JSON.stringify({ storm: this.said, TimeInstant: new Date(begun + this.said * 1000).toISOString() }), qos: 1, messageId: 1 }));
      }
      if (packet.cmd === 'puback') this.acknowledged = true;
    });
  }
  end() {
    this.done = true;
    this.line.destroy();
  }
}
const devices = Array.from({ length: many }, (_, n) => new Device(n));

await test(`${many} devices connect and are heard`, async () => {
  devices.forEach((device, n) => device.connect(n));
  await until(() => devices.every((device) => device.acknowledged), 'all acknowledged', 30_000);
});
await test('mosquitto is killed, all come back at once, and all are heard', async () => {
  const { mosquitto } = await tsunagu.state();
  devices.forEach((device, n) => { device.said = many + n; device.acknowledged = false; });
  process.kill(mosquitto.pid, 'SIGKILL');
  await until(() => devices.every((device) => device.acknowledged), 'all acknowledged', 30_000);
  check((await tsunagu.state()).mosquitto.starts >= 2, 'another mosquitto');
});
await test('nothing that was acknowledged is lost', async () => {
  await until(async () => { const now = await tsunagu.state(); return now.connected && now.messages.waiting === 0; }, 'everything is on disk');
  devices.forEach((device) => device.end());
  await tsunagu.stop();
  const held = new Set(history('storm'));
  check(held.size === 2 * many, `${held.size} of ${2 * many}`);
});

clean();
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed ? 1 : 0);
