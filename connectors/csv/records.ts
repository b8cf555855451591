import type { Upload } from '@tributary/sdk'
import { byteLength, decode, type Encoding } from './encoding.ts'
import { lineError, replacedError } from './file-error.ts'
import { countBreaks, parseRecord } from './record.ts'

/** `bytes` is the length of the file, once that is known. */
export type Dialect = { encoding: Encoding; delimiter: string; bytes?: number | undefined }
/** Where in a file to go on: reading from here gives what follows, without looking at what is before. */
export type Position = { byte: number; line: number }
/** `end` is its end within the text of its batch; ask the batch for the position. */
export type FileRecord = { fields: string[]; line: number; lines: number; end: number }
/** The records that one piece of the file completes; `end` is behind them all. */
export type Batch = { records: FileRecord[]; after: (record: FileRecord) => Position; end: Position }

/** A record may be that long, in characters: a quote that was left open must not swallow the file. */
const MAX_RECORD = 1024 * 1024

/**
 * Every record from a position on; blank lines are none. Throws at the first line that cannot be read, naming it, and where
 * the file turns out shorter than it was: what is left of a row must not pass for one.
 */
export async function* readRecords(upload: Upload, dialect: Dialect, from: Position): AsyncGenerator<Batch> {
  let rest = ''
  let position = from
  for await (const piece of decode(upload, dialect.encoding, from.byte)) {
    const batch = parseBatch(rest + piece, dialect, position, false)
    yield batch
    rest = batch.rest
    position = batch.end
  }
  const bytes = position.byte + byteLength(rest, dialect.encoding)
  if (dialect.bytes !== undefined && bytes < dialect.bytes) throw replacedError()
  if (rest) yield parseBatch(rest, dialect, position, true)
}

function parseBatch(text: string, { delimiter, encoding }: Dialect, start: Position, last: boolean) {
  refuseZeros(text, start.line)
  const records: FileRecord[] = []
  let { line } = start
  let end = 0
  while (end < text.length) {
    const parsed = parseRecord(text, end, delimiter, last)
    if (!parsed) break
    if ('fault' in parsed) throw lineError(line, `${parsed.fault}; correct it, and upload the file again`)
    if (parsed.next - end > MAX_RECORD) throw tooLong(line)
    end = parsed.next
    if (!isBlank(parsed.fields)) records.push({ fields: parsed.fields, line, lines: parsed.lines, end })
    line += parsed.lines
  }
  if (text.length - end > MAX_RECORD) throw tooLong(line)
  const byteAt = (index: number) => start.byte + byteLength(text.slice(0, index), encoding)
  const after = (record: FileRecord) => ({ byte: byteAt(record.end), line: record.line + record.lines })
  return { records, after, rest: text.slice(end), end: { byte: byteAt(end), line } }
}

const tooLong = (line: number) =>
  lineError(line, 'begins a row of more than 1 MiB; close the quote that may be open, or split the row')

/** Spreadsheets end in rows of nothing but delimiters. */
const isBlank = (fields: string[]): boolean => fields.every((field) => field === '')

function refuseZeros(text: string, line: number) {
  const zero = text.indexOf('\0')
  if (zero === -1) return
  const hint = 'so it is no text as it was read; set `encoding` to what the file is in, or save it as UTF-8'
  throw lineError(line + countBreaks(text.slice(0, zero)), `holds a zero character, ${hint}`)
}
