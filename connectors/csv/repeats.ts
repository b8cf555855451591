import { hash } from 'node:crypto'

/** 64 bits that stand for a text, as 16 hexadecimal digits. */
export const hash16 = (text: string): string => hash('sha256', text).slice(0, 16)

/** Remembers what was added in eight bytes each, so that a file of millions of rows can be looked over for what is there twice. */
export function createHashes(): { add: (hash: string) => void; repeated: () => Set<string> } {
  let hashes = new BigUint64Array(1024)
  let count = 0
  return {
    add: (added) => {
      if (count === hashes.length) hashes = grown(hashes)
      hashes[count++] = BigInt(`0x${added}`)
    },
    repeated: () => {
      const sorted = hashes.slice(0, count).sort()
      const repeated = sorted.filter((value, index) => value === sorted[index + 1])
      return new Set(Array.from(repeated, (value) => value.toString(16).padStart(16, '0')))
    },
  }
}

function grown(hashes: BigUint64Array<ArrayBuffer>): BigUint64Array<ArrayBuffer> {
  const larger = new BigUint64Array(hashes.length * 2)
  larger.set(hashes)
  return larger
}
