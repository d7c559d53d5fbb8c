// Builds the portal and packs it for the program. Usage: node web/build/build.mjs OUT_FOLDER
// Vite runs only when something it reads has changed since the last time, whatever OUT_FOLDER is.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeFonts } from './fonts.mjs';
import { pack } from './pack.mjs';

const web = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const out = process.argv[2];
if (!out) {
  console.error('Usage: node web/build/build.mjs OUT_FOLDER');
  process.exit(2);
}

function* files(folder) {
  for (const name of readdirSync(folder).sort()) {
    const full = path.join(folder, name);
    if (statSync(full).isDirectory()) yield* files(full);
    else yield full;
  }
}
const inputs = ['src', 'build', 'public'].flatMap((folder) => [...files(path.join(web, folder))]);
inputs.push(...['index.html', 'vite.config.ts', 'package-lock.json', '../data/region/municipalities.csv'].map((f) => path.join(web, f)));
const hash = createHash('sha256');
for (const file of inputs) hash.update(path.relative(web, file)).update('\0').update(readFileSync(file));
const digest = hash.digest('hex');

/** Two builds of the program at once (release and sanitizer) must not both build the portal: the second one waits for the first. */
async function alone(lock, work) {
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    try {
      process.kill(Number(readFileSync(lock, 'utf8')) || process.pid, 0);
      await new Promise((resolve) => setTimeout(resolve, 200));
    } catch {
      rmSync(lock, { force: true }); // whoever held it is gone
    }
  }
  try {
    await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

const stamp = path.join(web, 'dist', '.stamp');
await alone(path.join(web, 'node_modules', '.portal-build'), async () => {
  let built = '';
  try {
    built = readFileSync(stamp, 'utf8');
  } catch {
    // never built
  }
  if (built === digest) return;
  await makeFonts(web);
  execFileSync(process.execPath, [path.join(web, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'], { cwd: web, stdio: 'inherit' });
  writeFileSync(stamp, digest);
});
mkdirSync(out, { recursive: true });
pack(path.join(web, 'dist'), JSON.parse(readFileSync(path.join(web, 'src/app/paths.json'), 'utf8')), out, digest.slice(0, 16));
