// A running Tsunagu in a folder of its own.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { launch, program, root } from '../program.mjs';

export { check, counts, run, test } from '../program.mjs';

export async function start() {
  const folder = mkdtempSync(path.join(tmpdir(), 'tsunagu-ckan-'));
  const server = await launch(path.join(folder, 'data'));
  return {
    url: server.url,
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

export const loadRegion = (url) =>
  execFileSync(path.join(root, 'scripts/load-region.sh'), [url], { env: { ...process.env, TSUNAGU: program, REGION: '' }, stdio: 'ignore' });

export const json = async (url, options) => (await fetch(url, options)).json();
