import type { Upload } from '@tributary/sdk'
import { readBytes } from './bytes.ts'
import { eachBatch, type Checked } from './check-rows.ts'
import { createOrdinals, hash64 } from './repeats.ts'
import { identityOf } from './rows.ts'

/** Number of a row whose like was there before, and the how-manieth it is: four bytes each, the lowest first. */
const PLACE_BYTES = 8

/** The places of all repeated rows, in the order of the file. */
export async function* placeRepeats(file: Checked, repeated: BigUint64Array): AsyncGenerator<Buffer> {
  const ordinalOf = createOrdinals(repeated)
  for await (const { rows } of eachBatch(file)) {
    const ordinals = rows.map((row) => ordinalOf(hash64(identityOf(row, file.keyIndex))))
    yield Buffer.concat(
      rows.flatMap(({ number }, index) => (ordinals[index]! > 1 ? [place(number, ordinals[index]!)] : [])),
    )
  }
}

function place(row: number, ordinal: number): Buffer {
  const bytes = Buffer.alloc(PLACE_BYTES)
  bytes.writeUInt32LE(row)
  bytes.writeUInt32LE(ordinal, 4)
  return bytes
}

/** At most `count` places, as row -> ordinal, from the one at `index` on; the first lies at byte `start` of what keeps them. */
export async function readPlaces(
  kept: { upload: Upload; start: number },
  index: number,
  count: number,
): Promise<Map<number, number>> {
  const wanted = count * PLACE_BYTES
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of readBytes(kept.upload, kept.start + index * PLACE_BYTES)) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes >= wanted) break
  }
  const places = Buffer.concat(chunks, Math.min(bytes, wanted))
  return new Map(
    Array.from({ length: places.length / PLACE_BYTES }, (_, n) => [
      places.readUInt32LE(n * PLACE_BYTES),
      places.readUInt32LE(n * PLACE_BYTES + 4),
    ]),
  )
}
