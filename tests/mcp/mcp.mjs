// The client of the official SDK, unchanged, against the program with the demonstration region.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const program = process.env.TSUNAGU ?? path.join(root, 'build/release/bin/tsunagu');
const folder = mkdtempSync(path.join(tmpdir(), 'tsunagu-mcp-'));
const server = spawn(program, ['serve', '--listen', '127.0.0.1:0', '--data', path.join(folder, 'data')], { stdio: ['ignore', 'ignore', 'pipe'] });
const ended = new Promise((resolve) => server.on('exit', resolve));
const url = await new Promise((resolve, reject) => {
  let log = '';
  server.stderr.on('data', (text) => {
    log += text;
    const found = log.match(/http:\/\/127\.0\.0\.1:\d+/);
    if (found) resolve(found[0]);
  });
  ended.then(() => reject(new Error('the program ended:\n' + log)));
});
execFileSync(path.join(root, 'scripts/load-region.sh'), [url], { env: { ...process.env, TSUNAGU: program, REGION: '' }, stdio: 'ignore' });

const client = new Client({ name: 'tsunagu-test', version: '1.0.0' });
await client.connect(new StreamableHTTPClientTransport(new URL(url + '/mcp')));
const call = (name, given = {}) => client.callTool({ name, arguments: given });

let passed = 0, failed = 0;
const check = (holds, text) => { if (!holds) throw new Error(text); };
async function test(name, body) {
  try {
    await body();
    passed++;
    console.log(`ok      ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${name}: ${error.message}`);
  }
}

await test('connects and is told what this is', async () => {
  check(client.getServerVersion().name === 'tsunagu', JSON.stringify(client.getServerVersion()));
  check(client.getInstructions().includes('list_types'), 'no instructions');
  await client.ping();
});
await test('every tool only reads', async () => {
  const { tools } = await client.listTools();
  check(tools.length === 9 && tools.every((tool) => tool.annotations.readOnlyHint && tool.inputSchema.type === 'object'), JSON.stringify(tools));
});
await test('finds the largest municipalities from nothing but the tools', async () => {
  const { types } = (await call('list_types')).structuredContent;
  check(types.some((type) => type.typeName === 'Municipality'), JSON.stringify(types));
  const { type } = (await call('describe_type', { type: 'Municipality' })).structuredContent;
  check(type.entityCount === 179, `${type.entityCount} municipalities`);
  check(type.attributeDetails.some((attribute) => attribute.attributeName === 'population'), JSON.stringify(type));
  const found = (await call('query_entities', { type: 'Municipality', order_by: 'population;desc', attributes: ['name', 'population'], limit: 3 })).structuredContent;
  check(found.total === 179 && found.entities.length === 3, JSON.stringify(found));
  check(JSON.stringify(found.entities[0]).includes('札幌市'), JSON.stringify(found.entities[0]));
});
await test('reads one, and gives a link for a person', async () => {
  const { entity } = (await call('get_entity', { id: 'urn:ngsi-ld:Municipality:012025' })).structuredContent;
  check(JSON.stringify(entity).includes('函館市'), JSON.stringify(entity));
  const { link } = (await call('map_link', { id: entity.id })).structuredContent;
  check((await fetch(link)).status === 200, link);
});
await test('finds a data set and how to query it', async () => {
  const { datasets } = (await call('search_datasets', { q: '市町村' })).structuredContent;
  check(datasets.results.some((each) => each.name === 'hokkaido-municipalities'), JSON.stringify(datasets));
  const { dataset } = (await call('describe_dataset', { name: 'hokkaido-municipalities' })).structuredContent;
  const [live] = dataset.distributions;
  check(live.kind === 'query' && live.columns.length > 3 && live.queries.ngsiLd.includes('type=Municipality'), JSON.stringify(live));
});
await test('a mistake is told in words', async () => {
  const answer = await call('query_entities', { type: 'Municipality', q: 'population>>1' });
  check(answer.isError && answer.content[0].text.length > 10, JSON.stringify(answer));
});

await client.close();
server.kill('SIGTERM');
await ended;
rmSync(folder, { recursive: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
