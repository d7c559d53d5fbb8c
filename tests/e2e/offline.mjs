// A weak line: the portal opens without one, shows what it last knew and says so, and sends what waited.
import { check, send, start, stop, test, url } from './program.mjs';

await test('without a line: what was known, marked as old; writes wait and are sent', { offline: true, settings: { language: 'ja', role: 'staff' }, expects: /./ }, async (page) => {
  await send('POST', '/ngsi-ld/v1/entities', { id: 'urn:ngsi-ld:WaterGauge:Line', type: 'WaterGauge', name: 'Line', waterLevel: 1 });
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForFunction(() => navigator.serviceWorker.controller);
  const place = `${url}/explore/urn:ngsi-ld:WaterGauge:Line`;
  await page.goto(place);
  await page.getByRole('button', { name: '水位を直す' }).waitFor();
  await page.waitForFunction(async () => (await (await caches.open('answers')).keys()).some((r) => /WaterGauge:Line\?options=sysAttrs/.test(r.url)));
  await stop();
  await page.reload();
  await page.locator('.banner.warning').waitFor();
  await page.waitForFunction(() => /つながっていません.*の情報を表示しています/s.test(document.querySelector('.banner.warning')?.textContent ?? ''));
  await page.getByRole('button', { name: '水位を直す' }).click();
  await page.getByLabel('水位を直す').fill('7.5');
  await page.getByRole('button', { name: '保存' }).click();
  await page.waitForFunction(() => /送信を待っている変更が 1 件/.test(document.querySelector('.banners')?.textContent));
  await page.goto(`${url}/map`);
  await page.locator('main h1').waitFor();
  await start();
  await page.getByRole('button', { name: 'もう一度試す' }).first().click();
  await page.waitForFunction(() => !document.querySelector('.banner'));
  const entity = await (await fetch(`${url}/ngsi-ld/v1/entities/urn:ngsi-ld:WaterGauge:Line?format=simplified`)).json();
  check(entity.waterLevel === 7.5, `what waited was not written: ${entity.waterLevel}`);
});
