import { hash } from 'node:crypto'

/** 64 bits that stand for a text, as 16 hexadecimal digits. */
export const hash16 = (text: string): string => hash('sha256', text).slice(0, 16)
export const hash64 = (text: string): bigint => BigInt(`0x${hash16(text)}`)

/** Behind the greatest hash. */
const LAST = 2n ** 64n
/** 128 MiB of hashes, which is a file of 16 million rows in one reading. */
const MOST = 2 ** 24

/**
 * Finds which hashes were added more than once, at eight bytes each and no more than `most` of them. Where there are more, it
 * goes on without the upper half, and `finish` tells from which hash on another reading has to look.
 */
export function createHashes(from = 0n, most = MOST) {
  let hashes = new BigUint64Array(Math.min(most, 1024))
  let [count, end] = [0, LAST]
  const makeRoom = () => {
    count = keepPairs(hashes.sort())
    if (count <= hashes.length / 2) return
    if (hashes.length < most) return void (hashes = grown(hashes, most))
    end = hashes[count >> 1]!
    count = hashes.indexOf(end)
  }
  return {
    add: (added: bigint) => {
      if (added < from || added >= end) return
      if (count === hashes.length) makeRoom()
      if (added < end) hashes[count++] = added
    },
    /** `repeated` are in their order. To be called once, at the end. */
    finish: () => ({ repeated: keepRepeated(hashes.subarray(0, count).sort()), end }),
  }
}

type Hashes = ReturnType<typeof createHashes>

/** All that are repeated: what one reading has found, and by further ones what there was no room for. */
export async function findRest(
  found: ReturnType<Hashes['finish']>,
  readInto: (hashes: Hashes) => Promise<void>,
  most = MOST,
): Promise<BigUint64Array> {
  const ranges = [found.repeated]
  for (let { end } = found; end !== LAST;) {
    const hashes = createHashes(end, most)
    await readInto(hashes)
    const next = hashes.finish()
    ranges.push(next.repeated)
    ;({ end } = next)
  }
  return joined(ranges)
}

function joined(ranges: BigUint64Array[]): BigUint64Array {
  const all = new BigUint64Array(ranges.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const range of ranges) {
    all.set(range, at)
    at += range.length
  }
  return all
}

/** Leaves no more than two of each, at the front; gives how many that are. */
function keepPairs(sorted: BigUint64Array): number {
  let kept = 0
  for (const value of sorted) if (kept < 2 || value !== sorted[kept - 2]) sorted[kept++] = value
  return kept
}

/** In place, since `filter` would make an object of each of millions. */
function keepRepeated(sorted: BigUint64Array): BigUint64Array {
  let kept = 0
  for (const [index, value] of sorted.entries())
    if (value === sorted[index + 1] && (kept === 0 || value !== sorted[kept - 1])) sorted[kept++] = value
  return sorted.slice(0, kept)
}

function grown(hashes: BigUint64Array<ArrayBuffer>, most: number): BigUint64Array<ArrayBuffer> {
  const larger = new BigUint64Array(Math.min(most, hashes.length * 2))
  larger.set(hashes)
  return larger
}

/** Counts those of some hashes that come by, which are in their order: gives the how-manieth of its kind a hash is. */
export function createOrdinals(repeated: BigUint64Array): (hash: bigint) => number {
  const counts = new Uint32Array(repeated.length)
  return (hash) => {
    const index = find(repeated, hash)
    return index === -1 ? 1 : ++counts[index]!
  }
}

function find(sorted: BigUint64Array, value: bigint): number {
  let [low, high] = [0, sorted.length - 1]
  while (low <= high) {
    const middle = (low + high) >> 1
    const found = sorted[middle]!
    if (found === value) return middle
    if (found < value) low = middle + 1
    else high = middle - 1
  }
  return -1
}
