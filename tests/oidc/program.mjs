// A running Tsunagu with sign-in, and a browser that has no more than cookies.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const program = process.env.TSUNAGU ?? path.join(root, 'build/release/bin/tsunagu');

export const makeFolder = () => mkdtempSync(path.join(tmpdir(), 'tsunagu-oidc-'));
export const removeFolder = (folder) => rmSync(folder, { recursive: true });

/** What `tsunagu WORDS…` prints. */
export const tsunagu = (words) => execFileSync(program, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

export async function serve(folder, words = []) {
  const server = spawn(program, ['serve', '--listen', '127.0.0.1:0', '--auth=on', '--data', path.join(folder, 'data'), ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => server.on('exit', resolve));
  let log = '';
  const url = await new Promise((resolve, reject) => {
    server.stderr.on('data', (text) => {
      log += text;
      const found = log.match(/serves (http:\/\/127\.0\.0\.1:\d+)/);
      if (found) resolve(found[1]);
    });
    ended.then(() => reject(new Error('the program ended:\n' + log)));
  });
  return {
    url,
    log: () => log,
    async stop() {
      server.kill('SIGTERM');
      await ended;
    },
  };
}

/** Keeps cookies by origin; says what a browser says of where a request comes from. */
export class Browser {
  #jar = new Map();

  async get(url, headers = {}) { return this.#ask(url, { headers: { 'Sec-Fetch-Dest': 'document', 'Sec-Fetch-Site': 'none', ...headers } }); }
  async post(url, body, headers = {}) {
    const form = body instanceof URLSearchParams;
    return this.#ask(url, { method: 'POST', body: form ? body : JSON.stringify(body), headers: { 'Content-Type': form ? 'application/x-www-form-urlencoded' : 'application/json', 'Sec-Fetch-Site': 'same-origin', ...headers } });
  }
  /** Follows redirects until `stop(url)`; gives the last answer and its address. */
  async follow(url, stop = () => false) {
    for (let hops = 0; hops < 20; ++hops) {
      if (stop(url)) return { url };
      const answer = await this.get(url);
      const next = answer.headers.get('location');
      if (!next) return { url, answer };
      url = new URL(next, url).href;
    }
    throw new Error('redirects without end at ' + url);
  }
  cookie(url, name) { return this.#cookies(url).get(name); }
  forget() { this.#jar.clear(); }

  #cookies(url) {
    const { origin } = new URL(url);
    if (!this.#jar.has(origin)) this.#jar.set(origin, new Map());
    return this.#jar.get(origin);
  }
  async #ask(url, options) {
    const cookies = this.#cookies(url);
    const Cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, { redirect: 'manual', ...options, headers: { ...options.headers, ...(Cookie && { Cookie }) } });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
      if (!value || /max-age=0|expires=Thu, 01 Jan 1970/i.test(line)) cookies.delete(name);
      else cookies.set(name, value);
    }
    return answer;
  }
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
/** The message of what `promise` fails with. */
export const failure = async (promise) => {
  try {
    await promise;
  } catch (error) {
    return `${error.error ?? ''} ${error.message}`;
  }
  throw new Error('it did not fail');
};
