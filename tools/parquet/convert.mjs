// NDJSON in, Apache Parquet out:
//
//   tsunagu history export --data var/region --format ndjson | node tools/parquet/convert.mjs history.parquet
//
// One line, one row; a member is a column. The first 10,000 lines decide on the columns: members whose name ends in "At" are
// timestamps (milliseconds, UTC), members that are always numbers are DOUBLE, always true or false BOOLEAN, always text STRING;
// everything else is a column of JSON. Besides `value`, which may be anything and is JSON, `number` holds it where it is a number.
// Rows are written in groups of 100,000: memory does not grow with the input. A line that is not an object is named and ends the run
// with status 1; the file is written beside its name and gets it when it is complete.
import { createReadStream, renameSync, rmSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { ParquetWriter } from 'hyparquet-writer'
import { fileWriter } from 'hyparquet-writer/src/node.js'
import { schemaFromColumnData } from 'hyparquet-writer/src/schema.js'

const kLook = 10_000
const kGroup = 100_000

/** The type of a column from the values seen: STRING, DOUBLE, BOOLEAN, TIMESTAMP or JSON. */
function columnType(name, values) {
  if (name === 'value') return 'JSON'
  const kinds = new Set(values.filter((v) => v !== undefined && v !== null).map((v) => typeof v))
  if (kinds.size > 1) return 'JSON'
  if (kinds.has('number')) return 'DOUBLE'
  if (kinds.has('boolean')) return 'BOOLEAN'
  if (kinds.has('object')) return 'JSON'
  return name.endsWith('At') ? 'TIMESTAMP' : 'STRING'
}

function columnsOf(rows) {
  const names = new Set()
  for (const row of rows) for (const name of Object.keys(row)) names.add(name)
  const columns = [...names].map((name) => ({ name, type: columnType(name, rows.map((row) => row[name])) }))
  if (names.has('value')) columns.push({ name: 'number', type: 'DOUBLE' })
  return columns
}

function cell(row, { name, type }) {
  const value = name === 'number' && !('number' in row) ? row.value : row[name]
  if (value === undefined || value === null) return null
  switch (type) {
    case 'DOUBLE': return typeof value === 'number' ? value : null
    case 'BOOLEAN': return typeof value === 'boolean' ? value : null
    case 'TIMESTAMP': { const at = new Date(value); return Number.isNaN(at.getTime()) ? null : at }
    case 'STRING': return typeof value === 'string' ? value : JSON.stringify(value)
    default: return value
  }
}

/** Writes every row that `lines` (NDJSON) give into `filename`; resolves to how many. */
export async function convert(lines, filename) {
  const part = `${filename}.part`
  let writer, columns, written = 0, rows = [], number = 0
  const flush = () => {
    columns ??= columnsOf(rows.length > 0 ? rows.slice(0, kLook) : [{ id: '' }])
    const columnData = columns.map((column) => ({ ...column, data: rows.map((row) => cell(row, column)) }))
    writer ??= new ParquetWriter({ writer: fileWriter(part), schema: schemaFromColumnData({ columnData }), createdBy: 'tsunagu' })
    writer.write({ columnData: columnData.map(({ name, data }) => ({ name, data })), rowGroupSize: kGroup })
    written += rows.length
    rows = []
  }
  try {
    for await (const line of lines) {
      number += 1
      if (line.trim() === '') continue
      let row
      try { row = JSON.parse(line) } catch (error) { throw new Error(`line ${number}: ${error.message}`) }
      if (row === null || typeof row !== 'object' || Array.isArray(row)) throw new Error(`line ${number}: not a JSON object`)
      rows.push(row)
      if (rows.length === kGroup) flush()
    }
    if (rows.length > 0 || !writer) flush()
    writer.finish()
    renameSync(part, filename)
  } catch (error) {
    rmSync(part, { force: true })
    throw error
  }
  return written
}

if (import.meta.url === `file://${process.argv[1]}`) {
  const [filename, input] = process.argv.slice(2)
  if (!filename) {
    console.error('usage: node tools/parquet/convert.mjs OUT.parquet [IN.ndjson]   (standard input when IN is left out)')
    process.exit(2)
  }
  const lines = createInterface({ input: input ? createReadStream(input) : process.stdin, crlfDelay: Infinity })
  try {
    console.error(`${await convert(lines, filename)} rows in ${filename}`)
  } catch (error) {
    console.error(`tsunagu: ${error.message}`)
    process.exit(1)
  }
}
