import { testHostileTokens } from './hostile.mjs';
import { counts, makeFolder, removeFolder } from './program.mjs';
import { testProvider } from './provider.mjs';
import { testRelyingParty } from './relying_party.mjs';

for (const suite of [testProvider, testHostileTokens, testRelyingParty]) {
  const folder = makeFolder();
  try {
    await suite(folder);
  } finally {
    removeFolder(folder);
  }
}
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed ? 1 : 0);
