// What the first visit transfers: everything until the page is complete, compressed, without what is loaded later at leisure.
import { check, test, url } from './program.mjs';

const budget = 300 * 1024;

await test('the first load is small', {}, async (page, context) => {
  const fresh = await context.newPage(), session = await context.newCDPSession(fresh), sizes = new Map(), addresses = new Map();
  await session.send('Network.enable');
  session.on('Network.requestWillBeSent', ({ requestId, request }) => addresses.set(requestId, request.url));
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => sizes.set(addresses.get(requestId), encodedDataLength));
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  await fresh.goto(url + '/');
  await fresh.locator('.counts').waitFor();
  await fresh.waitForLoadState('networkidle');
  // The slices of the typeface for letters outside of our texts come later, one by one, as they are needed.
  const own = [...sizes].filter(([address]) => !/\/assets\/(more|biz-udpgothic)-/.test(address) && !address.includes('/ngsi-ld/'));
  const total = own.reduce((n, [, size]) => n + size, 0);
  console.log(`        ${Math.round(total / 1024)} KiB: ${own.map(([a, n]) => `${a.split('/').at(-1) || '/'} ${Math.round(n / 1024)}`).join(', ')}`);
  check(total < budget, `${total} bytes, more than ${budget}`);
});

await test('files are compressed, kept, and guarded', {}, async () => {
  const shell = await fetch(url + '/', { headers: { 'Accept-Encoding': 'gzip' } }), html = await shell.text();
  const script = /src="(\/assets\/[^"]+\.js)"/.exec(html)[1];
  check(shell.headers.get('cache-control') === 'no-cache', 'the shell may be kept');
  check(/script-src 'self'/.test(shell.headers.get('content-security-policy')), 'no policy');
  for (const [accepted, coding] of [['gzip', 'gzip'], ['br, gzip', 'br'], ['identity', null], ['br;q=0, gzip;q=0.5', 'gzip']]) {
    const file = await fetch(url + script, { headers: { 'Accept-Encoding': accepted } });
    check(file.headers.get('content-encoding') === coding, `${accepted} gives ${file.headers.get('content-encoding')}`);
    check(/immutable/.test(file.headers.get('cache-control')), 'a file with a hash in its name is not kept');
    const again = await fetch(url + script, { headers: { 'Accept-Encoding': accepted, 'If-None-Match': file.headers.get('etag') } });
    check(again.status === 304, `not 304 but ${again.status}`);
  }
  for (const [place, status] of [['/map', 200], ['/explore/urn:ngsi-ld:A:1', 200], ['/nothing', 404], ['/ngsi-ld/v1/nothing', 404], ['/assets/nothing.js', 404]]) {
    check((await fetch(url + place)).status === status, `${place} is not ${status}`);
  }
});
