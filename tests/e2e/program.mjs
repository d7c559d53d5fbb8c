// The program with the demonstration region, and a browser that looks at it.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const program = process.env.TSUNAGU ?? path.join(root, 'build/release/bin/tsunagu');
const axe = readFileSync(path.join(root, 'tests/e2e/node_modules/axe-core/axe.min.js'), 'utf8');
const pictures = process.env.PICTURES; // a folder to keep screenshots in
const only = process.env.ONLY && new RegExp(process.env.ONLY); // of the names of tests
if (pictures) mkdirSync(pictures, { recursive: true });

const folder = mkdtempSync(path.join(tmpdir(), 'tsunagu-e2e-'));
let server, ended;
export let url = 'http://127.0.0.1:0';

/** Open to everybody on this machine, unless `options` say otherwise. */
export async function start(options = ['--auth=none']) {
  server = spawn(program, ['serve', '--listen', url.slice('http://'.length), '--data', path.join(folder, 'data'), ...options], { stdio: ['ignore', 'ignore', 'pipe'] });
  ended = new Promise((resolve) => server.on('exit', resolve));
  url = await new Promise((resolve, reject) => {
    let log = '';
    server.stderr.on('data', (text) => {
      log += text;
      const found = log.match(/http:\/\/127\.0\.0\.1:\d+/);
      if (found) resolve(found[0]);
    });
    ended.then(() => reject(new Error('the program ended:\n' + log)));
  });
}
/** Ends the program; start() begins it again at the same address with the same data. */
export async function stop() {
  server.kill('SIGTERM');
  return ended;
}

await start();
execFileSync(path.join(root, 'scripts/load-region.sh'), [url], { env: { ...process.env, TSUNAGU: program, REGION: '' }, stdio: 'ignore' });

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

let passed = 0, failed = 0;
export const check = (holds, text) => { if (!holds) throw new Error(text); };

/** What waits for something that never comes ends, too. */
const tooLong = () => new Promise((_, reject) => setTimeout(() => reject(new Error('five minutes are over')), 300_000).unref());

/**
 * One test in a browser of its own. Options: width, height, locale, colorScheme, settings (what the portal keeps), offline (with the
 * service worker), site (by another name of this machine), at (the page to begin with), expects (what may stand in the console).
 * Fails on errors in the console and on requests to other hosts.
 */
export async function test(name, options, body) {
  if (only && !only.test(name)) return;
  const { width = 1280, height = 900, locale = 'ja-JP', colorScheme = 'light', settings, offline = false, site = url, at = '/', expects = /\/temporal\// } = options;
  const context = await browser.newContext({
    viewport: { width, height }, locale, colorScheme, reducedMotion: 'reduce', serviceWorkers: offline ? 'allow' : 'block',
    geolocation: { longitude: 141.3508, latitude: 43.0687 }, permissions: ['geolocation', 'clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  page.setDefaultTimeout(45_000); // a machine may be slow; only what fails waits so long
  const problems = [];
  // What nothing is remembered of has no history: 404, which the browser reports although the page expects it.
  page.on('console', (m) => { if (m.type() === 'error' && !expects.test(m.location().url + m.text())) problems.push(`${m.text()} ${m.location().url}`); });
  page.on('pageerror', (e) => problems.push(String(e)));
  page.on('request', (r) => { if (!r.url().startsWith(site) && !r.url().startsWith(url) && !/^(data|blob):/.test(r.url())) problems.push('asked another host: ' + r.url()); });
  try {
    if (settings) await page.addInitScript((kept) => localStorage.getItem('tsunagu.settings') ?? localStorage.setItem('tsunagu.settings', kept), JSON.stringify(settings));
    await page.goto(site + at);
    await page.locator('main h1').waitFor();
    await Promise.race([body(page, context), tooLong()]);
    if (pictures) await page.screenshot({ path: path.join(pictures, `${name.replace(/[^\w-]+/g, '-')}.png`), fullPage: true });
    if (problems.length) throw new Error(problems.join('\n'));
    passed++;
    console.log(`ok      ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${name}: ${error.message}`);
    if (pictures) await page.screenshot({ path: path.join(pictures, `FAILED-${name.replace(/[^\w-]+/g, '-')}.png`), fullPage: true }).catch(() => {});
  } finally {
    await context.close();
  }
}

/** No violation of WCAG 2.2 AA that axe can find, and nothing wider than the screen. */
export async function accessible(page) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'] }));
  check(!violations.length, violations.map((v) => `${v.id}: ${v.help} (${v.nodes.slice(0, 3).map((n) => n.html).join(' ')})`).join('\n'));
  const [wide, width] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  check(wide <= width, `the page is ${wide} wide on a screen of ${width}`);
}

export const send = (method, place, body) => fetch(url + place, { method, headers: { 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) }).then((r) => r.status);

export const run = (...options) => execFileSync(program, options, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
export const data = path.join(folder, 'data');

export async function finish() {
  await browser.close();
  if ((await stop()) !== 0) { failed++; console.log('FAILED  the program did not end cleanly'); }
  rmSync(folder, { recursive: true, force: true });
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
}
