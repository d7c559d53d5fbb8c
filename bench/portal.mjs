// The portal in headless Chromium: frames per second while a map of 100,000 points is moved, and how long the first page takes on a
// slow line with a slow processor. Usage: node bench/portal.mjs URL  (a running program with the demonstration region)
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../tests/e2e/package.json'));
const { chromium } = require('playwright-core');
const url = process.argv[2];
if (!url) {
  console.error('Usage: node bench/portal.mjs URL');
  process.exit(2);
}
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
await page.goto(`${url}/map`);
await page.waitForFunction(() => document.querySelector('.map canvas')?.engine?.picture.land.length === 179);
for (const [scale, what] of [[0.9, 'all of Hokkaido'], [8, 'a subprefecture'], [120, 'a town']]) {
  const [first, rate, shown, paint] = await page.evaluate(async (zoom) => {
    const { engine } = document.querySelector('.map canvas');
    let seed = 7;
    const chance = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
    const marks = Array.from({ length: 100_000 }, (_, i) => {
      const { at, radius } = engine.picture.land[i % 179].cell, angle = chance() * 7, far = Math.sqrt(chance()) * radius;
      return { id: `p${i}`, name: `P${i}`, at: [at[0] + far * Math.cos(angle), at[1] + far * Math.sin(angle)], layer: i % 3 };
    });
    const begin = performance.now();
    engine.set({ marks });
    engine.view = { x: -120, y: 35, scale: zoom };
    engine.paintNow();
    const made = performance.now() - begin;
    let frames = 0;
    const costs = [];
    const from = performance.now();
    while (performance.now() - from < 3000) {
      engine.view = { ...engine.view, x: engine.view.x + (6 * Math.cos(frames / 20)) / zoom, y: engine.view.y + (6 * Math.sin(frames / 20)) / zoom };
      const start = performance.now();
      engine.paintNow();
      costs.push(performance.now() - start);
      frames++;
      await new Promise(requestAnimationFrame);
    }
    return [made, frames / ((performance.now() - from) / 1000), engine.shown.length, costs.sort((a, b) => a - b)[costs.length >> 1]];
  }, scale);
  console.log(`100,000 points, ${what}: ${rate.toFixed(0)} frames/s while moving (${paint.toFixed(1)} ms to paint, median), ${shown} symbols; first picture after ${first.toFixed(0)} ms`);
}

const slow = await browser.newPage({ viewport: { width: 390, height: 844 }, locale: 'ja-JP' });
const session = await slow.context().newCDPSession(slow);
await session.send('Network.enable');
await session.send('Network.emulateNetworkConditions', { offline: false, latency: 50, downloadThroughput: 1.6e6 / 8, uploadThroughput: 750e3 / 8 });
await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
const begin = Date.now();
await slow.goto(url, { waitUntil: 'commit' });
await slow.locator('#home-search').waitFor();
console.log(`first page at 1.6 Mbit/s, processor 4 times slower: the search can be used after ${((Date.now() - begin) / 1000).toFixed(1)} s`);
await browser.close();
