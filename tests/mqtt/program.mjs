// Tsunagu with sign-in and a mosquitto of its own, in a folder that is used again after a kill.
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { check, launch, program, until } from '../program.mjs';

export { check, counts, test, until } from '../program.mjs';

export const folder = mkdtempSync(path.join(tmpdir(), 'tsunagu-mqtt-'));
const data = path.join(folder, 'data');

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => { const { port } = server.address(); server.close(() => resolve(port)); });
  });
export const port = await freePort();

class Tsunagu {
  async start(words = []) {
    const server = await launch(data, '--auth=on', '--mqtt-listen', `127.0.0.1:${port}`, ...words);
    this.url = server.url;
    this.pid = server.pid;
    this.log = server.log;
    this.stop = server.stop;
    this.key = readFileSync(path.join(data, 'trust', 'operator.key'), 'utf8').trim();
    await until(async () => (await this.state()).mosquitto.open, 'devices may connect');
  }
  async ask(method, where, body, headers = {}) {
    const answer = await fetch(this.url + where, {
      method,
      headers: { Authorization: `Bearer ${this.key}`, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    return { status: answer.status, body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text };
  }
  async state() {
    return (await this.ask('GET', '/admin/mqtt')).body;
  }
  async entity(id) {
    return (await this.ask('GET', `/ngsi-ld/v1/entities/${encodeURIComponent(id)}`)).body;
  }
  /** Registers a device, gives its key. */
  async device(group, address, more = {}) {
    const id = `urn:ngsi-ld:Device:${group}:${address}`;
    const made = await this.ask('POST', '/ngsi-ld/v1/entities', { id, type: 'Device', serviceGroup: group, deviceAddress: address, ...more });
    check(made.status === 201, JSON.stringify(made));
    const users = (await this.state()).mosquitto.users;
    const key = await this.ask('POST', '/auth/keys', { name: address, kind: 'device', subject: id });
    check(key.status === 201, JSON.stringify(key));
    await until(async () => (await this.state()).mosquitto.users > users, 'mosquitto knows the device');
    return { id, user: `${group}/${address}`, key: key.body.key, keyId: key.body.id };
  }
}
export const tsunagu = new Tsunagu();

/** Every value that history holds of an attribute; the program must not run. */
export function history(attribute) {
  const lines = execFileSync(program, ['history', 'export', '--data', data, '--attr', attribute], { encoding: 'utf8', maxBuffer: 1 << 28 });
  return lines.split('\n').filter(Boolean).map((line) => JSON.parse(line).value);
}
export const clean = () => rmSync(folder, { recursive: true });

/** mosquitto_pub, unchanged: what it says, and its exit status. */
export const publish = (...words) =>
  new Promise((resolve) => execFile('mosquitto_pub', ['-h', '127.0.0.1', '-p', String(port), '-q', '1', ...words], (error, out, err) => resolve({ status: error ? error.code : 0, text: out + err })));

export const alive = (pid) => {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
};
