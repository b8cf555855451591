import type { Upload } from '@tributary/sdk'
import { columnNames } from './columns.ts'
import type { Config } from './config.ts'
import { detectDelimiter } from './delimiter.ts'
import { decode, detectEncoding } from './encoding.ts'
import { fileError } from './file-error.ts'
import { readRecords, type Dialect } from './records.ts'
import type { Shape } from './rows.ts'

/** How a file is to be read, by what the connection says and by what its first `within` bytes show. */
export async function findShape(upload: Upload, config: Config, within: number): Promise<Shape> {
  const { encoding, start: byte } = await detectEncoding(upload, config.encoding, within)
  const delimiter = config.delimiter ?? detectDelimiter(await readSample(upload, { encoding, byte }))
  return readHeader(upload, { encoding, delimiter }, { byte, hasHeader: config.has_header })
}

const SAMPLE = 64 * 1024

async function readSample(upload: Upload, { encoding, byte }: { encoding: Dialect['encoding']; byte: number }) {
  let sample = ''
  for await (const piece of decode(upload, encoding, byte)) {
    sample += piece
    if (sample.length >= SAMPLE) break
  }
  return sample.slice(0, SAMPLE)
}

async function readHeader(
  upload: Upload,
  dialect: Dialect,
  { byte, hasHeader }: { byte: number; hasHeader: boolean },
): Promise<Shape> {
  const start = { byte, line: 1 }
  for await (const { records, after } of readRecords(upload, dialect, start)) {
    const [first] = records
    if (!first) continue
    const header = hasHeader ? first.fields : first.fields.map(() => '')
    return {
      ...dialect,
      columns: columnNames(header).map((name) => ({ name })),
      start: hasHeader ? after(first) : start,
    }
  }
  throw fileError('the file is empty; upload one with a row of column names and the rows below it')
}
