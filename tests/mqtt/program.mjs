// Tsunagu with sign-in and a mosquitto of its own, in a folder that is used again after a kill.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const program = process.env.TSUNAGU ?? path.join(root, 'build/release/bin/tsunagu');
export const folder = mkdtempSync(path.join(tmpdir(), 'tsunagu-mqtt-'));
const data = path.join(folder, 'data');

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => { const { port } = server.address(); server.close(() => resolve(port)); });
  });
export const port = await freePort();

/** Waits until `look` gives something true, and gives it; looks again whenever the event loop is free. */
export async function until(look, what, tries = 3000) {
  for (let i = 0; i < tries; ++i) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`never: ${what}`);
}

class Tsunagu {
  async start(words = []) {
    this.server = spawn(program, ['serve', '--listen', '127.0.0.1:0', '--auth=on', '--data', data, '--mqtt-listen', `127.0.0.1:${port}`, ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.ended = new Promise((resolve) => this.server.on('exit', resolve));
    let log = '';
    this.url = await new Promise((resolve, reject) => {
      this.server.stderr.on('data', (text) => {
        log += text;
        const found = log.match(/serves (http:\/\/127\.0\.0\.1:\d+)/);
        if (found) resolve(found[1]);
      });
      this.ended.then(() => reject(new Error('the program ended:\n' + log)));
    });
    this.log = () => log;
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
  async stop(signal = 'SIGTERM') {
    this.server.kill(signal);
    await this.ended;
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

export const check = (holds, text) => { if (!holds) throw new Error(text); };
export const counts = { passed: 0, failed: 0 };
export async function test(name, body) {
  try {
    await body();
    counts.passed++;
    console.log(`ok      ${name}`);
  } catch (error) {
    counts.failed++;
    console.log(`FAILED  ${name}: ${error.message}`);
  }
}
