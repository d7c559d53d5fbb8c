// What goes in comes out again, read by a Parquet reader. Prints "N passed, N failed".
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { convert } from './convert.mjs'

const folder = mkdtempSync(join(tmpdir(), 'tsunagu-parquet-'))
const file = join(folder, 'out.parquet')
let passed = 0, failed = 0
const test = async (name, body) => {
  try { await body(); passed += 1; console.log(`ok      ${name}`) } catch (error) { failed += 1; console.log(`FAILED  ${name}\n${error.stack}`) }
}
const read = async () => parquetReadObjects({ file: await asyncBufferFromFile(file) })

await test('numbers, texts, times and anything else keep their values', async () => {
  const rows = [
    { id: 'urn:a', attribute: 'level', observedAt: '2026-01-01T00:00:00Z', value: 1.25 },
    { id: 'urn:b', attribute: 'name', observedAt: null, value: '水位計' },
    { id: 'urn:c', attribute: 'where', observedAt: '2026-01-02T00:00:00.5Z', value: { type: 'Point', coordinates: [141.3, 43.1] } },
  ]
  assert.equal(await convert(rows.map((row) => JSON.stringify(row)), file), 3)
  const back = await read()
  assert.deepEqual(back.map((row) => row.id), ['urn:a', 'urn:b', 'urn:c'])
  assert.deepEqual(back.map((row) => row.value), [1.25, '水位計', { type: 'Point', coordinates: [141.3, 43.1] }])
  assert.deepEqual(back.map((row) => row.number ?? null), [1.25, null, null])
  assert.equal(back[0].observedAt.toISOString(), '2026-01-01T00:00:00.000Z')
  assert.equal(back[1].observedAt ?? null, null)
  assert.equal(back[2].observedAt.toISOString(), '2026-01-02T00:00:00.500Z')
})
await test('more rows than a group holds become several groups', async () => {
  function* many() { for (let i = 0; i < 250_001; ++i) yield `{"id":"urn:${i % 7}","value":${i}}` }
  assert.equal(await convert(many(), file), 250_001)
  const metadata = await parquetMetadataAsync(await asyncBufferFromFile(file))
  assert.equal(metadata.num_rows, 250_001n)
  assert.ok(metadata.row_groups.length >= 3)
  const back = await read()
  assert.equal(back[250_000].number, 250_000)
})
await test('nothing gives a file without rows', async () => {
  assert.equal(await convert([], file), 0)
  assert.equal((await read()).length, 0)
})
await test('a broken line is named and leaves no file behind', async () => {
  rmSync(file)
  await assert.rejects(convert(['{"id":"urn:a"}', '{"id":'], file), /line 2/)
  await assert.rejects(convert(['[1]'], file), /line 1: not a JSON object/)
  assert.ok(!existsSync(file) && !existsSync(`${file}.part`))
})
rmSync(folder, { recursive: true })
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed > 0 ? 1 : 0)
