// A running Tsunagu with sign-in, and a browser that has no more than cookies.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { launch, program } from '../program.mjs';

export { check, counts, root, test } from '../program.mjs';

export const makeFolder = () => mkdtempSync(path.join(tmpdir(), 'tsunagu-oidc-'));
export const removeFolder = (folder) => rmSync(folder, { recursive: true });

/** What `tsunagu WORDS…` prints. */
export const tsunagu = (words) => execFileSync(program, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

export const serve = (folder, words = []) => launch(path.join(folder, 'data'), '--auth=on', ...words);

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

/** The message of what `promise` fails with. */
export const failure = async (promise) => {
  try {
    await promise;
  } catch (error) {
    return `${error.error ?? ''} ${error.message}`;
  }
  throw new Error('it did not fail');
};
