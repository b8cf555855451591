import { isUtf8 } from 'node:buffer'
import type { Upload } from '@tributary/sdk'
import { readBytes } from './bytes.ts'

/** Where a file stops being UTF-8, with a piece of it from there on or around; undefined if its first `within` bytes are UTF-8. */
export async function findInvalidUtf8(
  upload: Upload,
  within: number,
): Promise<{ byte: number; sample: Buffer } | undefined> {
  let byte = 0
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of readBytes(upload, 0)) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    const length = validLength(bytes)
    if (length === undefined) return { byte: byte + firstInvalid(bytes), sample: bytes }
    byte += length
    rest = bytes.subarray(length)
    if (byte >= within) return undefined
  }
  return rest.length > 0 ? { byte, sample: rest } : undefined
}

/** The number of the line that holds a byte of a file whose line breaks are single bytes. */
export async function lineAt(upload: Upload, byte: number): Promise<number> {
  let line = 1
  let left = byte
  let previous = 0
  for await (const chunk of readBytes(upload, 0)) {
    for (const code of chunk.subarray(0, left)) {
      if (code === 13 || (code === 10 && previous !== 13)) line++
      previous = code
    }
    left -= chunk.length
    if (left <= 0) break
  }
  return line
}

/** Without the character that may be cut at the end (at most three of its bytes are there); undefined: invalid before that. */
const validLength = (bytes: Buffer): number | undefined =>
  [0, 1, 2, 3].map((cut) => bytes.length - cut).find((length) => length >= 0 && isUtf8(bytes.subarray(0, length)))

function firstInvalid(bytes: Buffer): number {
  let [valid, invalid] = [0, bytes.length]
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1
    if (validLength(bytes.subarray(0, middle)) === undefined) invalid = middle
    else valid = middle
  }
  return validLength(bytes.subarray(0, valid)) ?? valid
}
