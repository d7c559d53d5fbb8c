// Every page in three languages, on a phone and a desktop, light and dark: accessible, nothing too wide, no raw id or key on the screen.
import { accessible, check, test } from './program.mjs';

const sapporo = 'urn:ngsi-ld:Municipality:011002';
const pages = [
  ['visitor', '/', 0], ['resident', '/', 1], ['staff', '/', 2], ['professional', '/', 3], ['operator', '/', 4], // roles, in the order of their buttons
  ['search', '/search?q=札幌'], ['map', '/map?type=Shelter&colour=population'], ['data', '/explore'], ['kind', '/explore?type=Municipality'],
  ['entity', `/explore/${sapporo}`], ['history', `/history?s=${sapporo}+population`], ['plan', '/plan'], ['indicator', '/plan/my-number-card'], ['enter', '/plan/edit'], ['live', '/live'], ['developers', '/developers'], ['settings', '/settings'],
];
const looks = [
  { language: 'ja', width: 1280, colorScheme: 'light' }, { language: 'easy', width: 390, colorScheme: 'light' }, { language: 'en', width: 390, colorScheme: 'dark' },
  { language: 'easy', width: 1280, colorScheme: 'dark' }, { language: 'en', width: 1280, colorScheme: 'light' }, { language: 'ja', width: 390, colorScheme: 'dark' },
];

for (const { language, width, colorScheme } of looks) {
  await test(`every page, ${language} ${width} ${colorScheme}`, { width, height: width < 500 ? 844 : 900, colorScheme, settings: { language, role: 'visitor', municipality: sapporo } }, async (page) => {
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
