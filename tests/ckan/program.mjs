// A running Tsunagu in a folder of its own.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const program = process.env.TSUNAGU ?? path.join(root, 'build/release/bin/tsunagu');

export async function start() {
  const folder = mkdtempSync(path.join(tmpdir(), 'tsunagu-ckan-'));
  const server = spawn(program, ['serve', '--listen', '127.0.0.1:0', '--data', path.join(folder, 'data')], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => server.on('exit', resolve));
  const url = await new Promise((resolve, reject) => {
    let log = '';
    server.stderr.on('data', (text) => {
      log += text;
      const found = log.match(/http:\/\/127\.0\.0\.1:\d+/);
      if (found) resolve(found[0]);
    });
    ended.then(() => reject(new Error('the program ended:\n' + log)));
  });
  return {
    url,
    async stop() {
      server.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

export const loadRegion = (url) =>
  execFileSync(path.join(root, 'scripts/load-region.sh'), [url], { env: { ...process.env, TSUNAGU: program, REGION: '' }, stdio: 'ignore' });

/** What `tsunagu WORDS…` prints, and its exit status. */
export const run = (...words) =>
  new Promise((resolve) => execFile(program, words, (error, out, err) => resolve({ status: error ? error.code : 0, out, err })));

export const json = async (url, options) => (await fetch(url, options)).json();

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
