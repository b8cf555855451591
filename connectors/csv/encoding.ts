import type { Upload } from '@tributary/sdk'
import { analyse } from 'chardet'
import iconv from 'iconv-lite'
import { readBytes } from './bytes.ts'
import { fileError, lineError } from './file-error.ts'
import { findInvalidUtf8, lineAt } from './utf8.ts'

/**
 * In each of these, how many bytes a text takes follows from the text alone, so that a position in the text is one in the
 * file. That is what lets a page begin where the one before ended. (It is not so in Shift_JIS or GB18030.)
 */
export const encodings = [
  'utf-8',
  'utf-16le',
  'utf-16be',
  'windows-1250',
  'windows-1251',
  'windows-1252',
  'windows-1253',
  'windows-1254',
  'iso-8859-1',
  'iso-8859-2',
  'iso-8859-15',
  'koi8-r',
  'macintosh',
] as const
export type Encoding = (typeof encodings)[number]

/** Of the first `within` bytes of a file; `start` is behind the byte order mark. Throws where a file is no text that can be read. */
export async function detectEncoding(
  upload: Upload,
  configured: Encoding | undefined,
  within: number,
): Promise<{ encoding: Encoding; start: number }> {
  const head = await readHead(upload)
  const marked = byteOrderMarks.find(({ bytes }) => head.subarray(0, bytes.length).equals(bytes))
  const start = marked && (!configured || configured === marked.encoding) ? marked.bytes.length : 0
  const encoding = configured ?? marked?.encoding ?? utf16ByZeros(head)
  if (encoding && encoding !== 'utf-8') return { encoding, start }
  const invalid = await findInvalidUtf8(upload, within)
  if (!invalid) return { encoding: 'utf-8', start }
  if (!encoding) return { encoding: guessEncoding(invalid.sample), start }
  const line = await lineAt(upload, invalid.byte)
  throw lineError(line, 'is not in utf-8; set `encoding` to what the file is in, or save it as UTF-8')
}

/** The text of a file from a byte on, in pieces. */
export async function* decode(upload: Upload, encoding: Encoding, fromByte: number): AsyncGenerator<string> {
  const decoder = createDecoder(encoding)
  let bytes = 0
  for await (const chunk of readBytes(upload, fromByte)) {
    bytes += chunk.length
    yield decoder.write(chunk)
  }
  if (encoding.startsWith('utf-16') && bytes % 2 === 1)
    throw fileError('the file ends in the middle of a character, so it may have been cut off; upload it again')
}

/** How many bytes `text` takes in the file. */
export function byteLength(text: string, encoding: Encoding): number {
  if (encoding === 'utf-8') return Buffer.byteLength(text)
  return encoding.startsWith('utf-16') ? text.length * 2 : text.length
}

const HEAD_BYTES = 64 * 1024

async function readHead(upload: Upload): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of readBytes(upload, 0)) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes >= HEAD_BYTES) break
  }
  return Buffer.concat(chunks)
}

const byteOrderMarks: { encoding: Encoding; bytes: Buffer }[] = [
  { encoding: 'utf-8', bytes: Buffer.of(0xef, 0xbb, 0xbf) },
  { encoding: 'utf-16le', bytes: Buffer.of(0xff, 0xfe) },
  { encoding: 'utf-16be', bytes: Buffer.of(0xfe, 0xff) },
]

/** Without a mark, UTF-16 shows in the zeros of its delimiters, digits and line breaks, always on the same side. */
function utf16ByZeros(head: Buffer): Encoding | undefined {
  const zeros = [0, 0] as [even: number, odd: number]
  for (const [index, byte] of head.entries()) if (byte === 0) zeros[(index % 2) as 0 | 1]++
  const [even, odd] = zeros
  const many = head.length / 10
  if (odd > many && even < odd / 10) return 'utf-16le'
  return even > many && odd < even / 10 ? 'utf-16be' : undefined
}

/** chardet's best guess among what can be read; a Latin-1 file of today is nearly always one of windows-1252. */
function guessEncoding(sample: Buffer): Encoding {
  const singleBytes = encodings.filter((encoding) => !encoding.startsWith('utf'))
  const guesses = analyse(sample).map(({ name }) => name.toLowerCase().replace(/^iso-8859-1$/, 'windows-1252'))
  const guess = guesses.find((name) => singleBytes.some((encoding) => encoding === name))
  return singleBytes.find((encoding) => encoding === guess) ?? 'windows-1252'
}

/** Marks are part of the text here: `start` leaves the file's own out, and elsewhere it is a character like any other. */
function createDecoder(encoding: Encoding): { write(chunk: Buffer): string } {
  if (encoding !== 'utf-8') return iconv.getDecoder(encoding, { stripBOM: false })
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  return { write: (chunk) => decoder.decode(chunk, { stream: true }) }
}
