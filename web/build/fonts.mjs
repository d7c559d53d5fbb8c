// BIZ UDPGothic in two families. "Portal" holds what the portal's own texts and the names of the region need: one small file per
// weight, and another with what only the pages about trust need. "Portal More" is everything else, in the slices of its package; the browser takes only those whose letters are on the screen.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import subsetFont from 'subset-font';

const require = createRequire(import.meta.url);

const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i)).join('');
const always = range(0x20, 0x7e) + range(0x3041, 0x3096) + range(0x30a1, 0x30fc) + '、。「」（）・：；！？％＋－〜…—–→←↑↓×°²³µ　〒©';

/// The letters of texts whose keys fit `wanted`.
function letters(file, wanted) {
  return Object.entries(JSON.parse(readFileSync(file, 'utf8'))).filter(([key]) => wanted.test(key)).map(([, text]) => text).join('');
}

function regionNames(file) {
  return readFileSync(file, 'utf8').split('\n').slice(1).map((line) => line.split(',')).map((c) => (c[2] ?? '') + (c[6] ?? '')).join('');
}

export async function makeFonts(web) {
  const folder = path.join(web, '.generated');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const texts = ['ja', 'easy'].map((language) => path.join(web, 'src/i18n', `${language}.json`));
  const regular = texts.map((file) => letters(file, /./)).join('') + regionNames(path.join(web, '../data/region/municipalities.csv'));
  const bold = texts.map((file) => letters(file, /title|^nav|^action|^role|^type|heading/)).join('');
  const trust = ['ja', 'easy'].map((language) => letters(path.join(web, 'src/i18n/trust', `${language}.json`), /./)).join('');
  const package_ = path.dirname(require.resolve('@fontsource/biz-udpgothic/package.json'));
  let base = '', more = '';
  for (const [weight, text] of [[400, regular], [700, bold]]) {
    const whole = readFileSync(path.join(package_, `files/biz-udpgothic-japanese-${weight}-normal.woff2`));
    writeFileSync(path.join(folder, `portal-${weight}.woff2`), await subsetFont(whole, always + text, { targetFormat: 'woff2' }));
    const seen = new Set(always + text), later = [...new Set(trust)].filter((c) => !seen.has(c) && c > ' ').join('');
    writeFileSync(path.join(folder, `trust-${weight}.woff2`), await subsetFont(whole, later, { targetFormat: 'woff2' }));
    base += `@font-face{font-family:"Portal";font-weight:${weight};font-display:swap;src:url(./portal-${weight}.woff2) format("woff2")}\n`
      + `@font-face{font-family:"Portal";font-weight:${weight};font-display:swap;unicode-range:${[...later].map((c) => `U+${c.codePointAt(0).toString(16)}`)};src:url(./trust-${weight}.woff2) format("woff2")}\n`;
    for (const [slice, codes] of Object.entries(require('@fontsource/biz-udpgothic/unicode.json'))) {
      const number = slice.replace(/[[\]]/g, '');
      const file = path.relative(folder, path.join(package_, `files/biz-udpgothic-${number}-${weight}-normal.woff2`));
      more += `@font-face{font-family:"Portal More";font-weight:${weight};font-display:swap;unicode-range:${codes};src:url(${file}) format("woff2")}\n`;
    }
  }
  writeFileSync(path.join(folder, 'base.css'), base);
  writeFileSync(path.join(folder, 'more.css'), more);
}
