// A running Tsunagu, and tests that say how they went: for suites in JavaScript.
import { execFile, spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
export const program = path.resolve(root, process.env.TSUNAGU ?? 'build/release/bin/tsunagu');

/** `tsunagu serve` on a free port of this machine; there when it serves. */
export async function launch(data, ...words) {
  const server = spawn(program, ['serve', '--listen', '127.0.0.1:0', '--data', data, ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => server.on('exit', resolve));
  let log = '';
  const url = await new Promise((resolve, reject) => {
    server.stderr.on('data', (text) => {
      log += text;
      const found = log.match(/serves (https?:\/\/127\.0\.0\.1:\d+)/);
      if (found) resolve(found[1]);
    });
    ended.then(() => reject(new Error('the program ended:\n' + log)));
  });
  return {
    url,
    pid: server.pid,
    log: () => log,
    async stop(signal = 'SIGTERM') {
      server.kill(signal);
      await ended;
    },
  };
}

/** What `tsunagu WORDS…` prints, and its exit status. */
export const run = (...words) =>
  new Promise((resolve) => execFile(program, words, (error, out, err) => resolve({ status: error ? error.code : 0, out, err })));

/** Waits until `look` gives something true, and gives it: for what happens on the other side of a process. */
export async function until(look, what, tries = 3000) {
  for (let i = 0; i < tries; ++i) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`never: ${what}`);
}

export const check = (holds, text) => { if (!holds) throw new Error(text); };
export const counts = { passed: 0, failed: 0 };
export async function test(name, body) {
  try {
    await body();
    counts.passed++;
    console.log(`ok      ${name}`);
  } catch (error) {
    counts.failed++;
    console.log(`FAILED  ${name}: ${error.stack}`);
  }
}
