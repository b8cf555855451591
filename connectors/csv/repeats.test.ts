import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createHashes, createOrdinals, findRest } from './repeats.ts'

/** With room for `most` at a time; how often all of them were gone through. */
async function findRepeated(hashes: bigint[], most: number) {
  let readings = 1
  const first = createHashes(0n, most)
  hashes.forEach(first.add)
  const again = async (rest: typeof first) => {
    readings++
    hashes.forEach(rest.add)
  }
  return { repeated: [...(await findRest(first.finish(), again, most))], readings }
}

const truth = (hashes: bigint[]) =>
  [...new Set(hashes)].filter((hash) => hashes.filter((other) => other === hash).length > 1).toSorted(byValue)
const byValue = (a: bigint, b: bigint) => (a < b ? -1 : Number(a > b))

const hash = fc.oneof(fc.bigInt(0n, 12n), fc.bigInt(0n, 2n ** 64n - 1n), fc.constant(2n ** 64n - 1n))

test('finds all that are there more than once, in order, however little room there is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(hash, { maxLength: 120 }), fc.integer({ min: 4, max: 64 }), async (hashes, most) => {
      expect((await findRepeated(hashes, most)).repeated).toEqual(truth(hashes))
    }),
    { numRuns: 500 },
  )
})

test('goes through them once where there is room, and as often as there is not', async () => {
  const distinct = Array.from({ length: 1000 }, (_, n) => BigInt(n))
  expect(await findRepeated([...distinct, 7n], 1024)).toEqual({ repeated: [7n], readings: 1 })
  const { repeated, readings } = await findRepeated([...distinct, 7n], 256)
  expect(repeated).toEqual([7n])
  expect(readings).toBeGreaterThan(3)
  expect(readings).toBeLessThan(12)
})

test('takes no room for what is there over and over', async () => {
  const few = Array.from({ length: 10_000 }, (_, n) => BigInt(n % 3))
  expect(await findRepeated(few, 16)).toEqual({ repeated: [0n, 1n, 2n], readings: 1 })
})

test('counts each of those that are repeated, and calls any other the first', () => {
  const ordinalOf = createOrdinals(BigUint64Array.of(3n, 5n, 2n ** 64n - 1n))
  expect([3n, 4n, 3n, 5n, 4n, 3n, 2n ** 64n - 1n, 2n ** 64n - 1n].map(ordinalOf)).toEqual([1, 1, 2, 1, 1, 3, 1, 2])
})
