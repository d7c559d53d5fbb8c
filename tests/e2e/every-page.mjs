// Every page in three languages, on a phone and a desktop, light and dark: accessible, nothing too wide, no raw id or key on the screen.
import { accessible, check, test, url } from './program.mjs';

const sapporo = 'urn:ngsi-ld:Municipality:011002';
// What opendata.mjs has published, and a file on its way: a repair, a missing name, a place outside.
const csv = '市区町村コード,NO,名称,住所,緯度,経度,電話番号\n012041,1,駅前広場,旭川市宮下通8丁目,43.763,142.358,０１６６－２６－１１１１\n012041,2,,旭川市常磐公園,35.6,139.7,0166-26-1111\n';
const { id: file } = await (await fetch(`${url}/catalog/uploads?fileName=wifi.csv`, { method: 'POST', body: csv })).json();
const pages = [
  ['visitor', '/', 0], ['resident', '/', 1], ['staff', '/', 2], ['professional', '/', 3], ['operator', '/', 4], // roles, in the order of their buttons
  ['search', '/search?q=札幌'], ['map', '/map?type=Shelter&colour=population'], ['data', '/explore'], ['kind', '/explore?type=Municipality'],
  ['entity', `/explore/${sapporo}`], ['history', `/history?s=${sapporo}+population`], ['plan', '/plan'], ['indicator', '/plan/my-number-card'], ['enter', '/plan/edit'], ['live', '/live'], ['devices', '/devices'], ['devices on the map', '/devices?view=map'], ['device', '/devices/urn:ngsi-ld:Device:sim-paddy:paddy-0001'], ['add device', '/devices/add'], ['bench', '/devices/mappings'], ['rules', '/rules'], ['rule', '/rules/a-new-one'], ['wall', '/wall'], ['networks', '/networks'], ['developers', '/developers'], ['settings', '/settings'],
  ['data sets', '/datasets'], ['live data set', '/datasets/hokkaido-shelters'], ['data set of a file', '/datasets/e2e-wifi'], ['quality', '/quality'], ['publish', '/publish'],
  ...['reading', 'columns', 'findings', 'look', 'publication'].map((step, i) => [step, `/publish/${file}?step=${i + 1}`]),
];
const looks = [
  { language: 'ja', width: 1280, colorScheme: 'light' }, { language: 'easy', width: 390, colorScheme: 'light' }, { language: 'en', width: 390, colorScheme: 'dark' },
  { language: 'easy', width: 1280, colorScheme: 'dark' }, { language: 'en', width: 1280, colorScheme: 'light' }, { language: 'ja', width: 390, colorScheme: 'dark' },
];

for (const { language, width, colorScheme } of looks) {
  await test(`every page, ${language} ${width} ${colorScheme}`, { width, height: width < 500 ? 844 : 900, colorScheme, settings: { language, role: 'visitor', municipality: sapporo }, expects: /\/temporal\/|\/automation\/rules\/a-new-one/ }, async (page) => {
    for (const [name, at, role] of pages) {
      try {
        await page.evaluate((to) => { // as a link does, without loading the portal anew
          history.pushState(null, '', to);
          dispatchEvent(new PopStateEvent('popstate'));
        }, at);
        if (role !== undefined) await page.locator('.roles button').nth(role).click();
        await page.locator('main h1').waitFor();
        await page.waitForFunction(() => !document.querySelector('.loading'));
        await accessible(page);
        check(await page.locator('.open-warning').count(), 'no word of the missing sign-in');
        const shown = await page.evaluate(() => {
          const copy = document.querySelector('main').cloneNode(true);
          for (const e of copy.querySelectorAll('pre, code')) e.remove();
          return copy.textContent;
        });
        check(!/urn:ngsi-ld:/.test(shown), `an id is on the screen: ${shown.match(/.{30}urn:ngsi-ld:.{30}/s)?.[0]}`);
        check(!/\b(type|attribute|value|unit|measure)\.[A-Za-z]|undefined|NaN|\[object/.test(shown), `a key is on the screen: ${shown.match(/.{30}(undefined|NaN|\[object|(type|attribute|value)\.\w).{30}/s)?.[0]}`);
      } catch (error) {
        throw new Error(`${name}: ${error.message}`);
      }
    }
  });
}
