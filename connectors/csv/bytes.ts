import type { Upload } from '@tributary/sdk'

const PIECE = 64 * 1024

/** A file from a byte on, in pieces small enough that a page does not have to take in much more than it gives. */
export async function* readBytes(upload: Upload, fromByte: number): AsyncGenerator<Buffer> {
  for await (const chunk of upload.open(fromByte) as AsyncIterable<Buffer>) {
    for (let at = 0; at < chunk.length; at += PIECE) yield chunk.subarray(at, at + PIECE)
  }
}
