import fc from 'fast-check'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readStored, upsertEntities, type ResourceKey } from './entities.ts'
import { dropSeenPagesBefore, insertSeenPage, multirange } from './seen-pages.ts'
import { createTestOrg, type TestOrg } from '../stack/test-org.ts'

let org: TestOrg
beforeAll(async () => {
  org = await createTestOrg()
})
afterAll(() => org.close())

test('Neighbours become one range', () => {
  expect(multirange([1, 2, 3, 7])).toBe('{[1,4),[7,8)}')
  expect(multirange([7, 3, 1, 2])).toBe('{[1,4),[7,8)}')
  expect(multirange([5])).toBe('{[5,6)}')
  expect(multirange([])).toBe('{}')
  expect(multirange([2, 1, 2, 3, 3])).toBe('{[1,4)}')
})

const numbers = fc.oneof(
  fc.array(fc.nat(60), { maxLength: 60 }),
  fc.array(
    fc.maxSafeNat().filter((n) => n < Number.MAX_SAFE_INTEGER),
    { maxLength: 10 },
  ),
)

test('A multirange holds every number that it was made from, and no other', async () => {
  await fc.assert(
    fc.asyncProperty(numbers, async (seqs) => {
      const [row] = await org.db.execute<{ held: number[]; count: number }>(sql`
        select array(select generate_series(lower(r), upper(r) - 1) from unnest(${multirange(seqs)}::int8multirange) r) as held`)
      const expected = [...new Set(seqs)].toSorted((a, b) => a - b)
      expect(row!.held.map(Number)).toEqual(expected)
    }),
    { numRuns: 100 },
  )
})

async function store(key: ResourceKey, ids: string[]): Promise<Map<string, number>> {
  const rest = { archived_at: null, deleted_at: null, deletion_confidence: null, sanitized: false }
  const rows = ids.map((external_id) => ({
    external_id,
    raw_payload: '{}',
    hash: '00',
    version: 1000,
    rank: 1,
    ...rest,
  }))
  const written = await org.within((tx) => upsertEntities(tx, { ...key, collection_key: 'x' }, rows))
  return new Map(written.map(({ external_id, seq }) => [external_id, seq]))
}

async function versions(key: ResourceKey, ids: string[], since = 0) {
  const stored = await org.within((tx) => readStored(tx, key, ids, since))
  return Object.fromEntries(stored.map(({ external_id, version, rank }) => [external_id, [version, rank]]))
}

test('A page moves the version of the rows that it held, and of no others', async () => {
  const key = { ...(await org.connect()), resource: 'customer' }
  const seqs = await store(key, ['a', 'b', 'c'])
  await org.within((tx) =>
    insertSeenPage(tx, key, { generation: 1, sent_at: 5000, seqs: [seqs.get('a')!, seqs.get('c')!] }),
  )
  expect(await versions(key, ['a', 'b', 'c'])).toEqual({ a: [5000, 4], b: [1000, 1], c: [5000, 4] })
})

test('The newest page counts; one from before the row was written counts for nothing', async () => {
  const key = { ...(await org.connect()), resource: 'customer' }
  const seq = (await store(key, ['a'])).get('a')!
  const see = (sent_at: number) => org.within((tx) => insertSeenPage(tx, key, { generation: 1, sent_at, seqs: [seq] }))
  await see(500)
  expect(await versions(key, ['a'])).toEqual({ a: [1000, 1] })
  await see(7000)
  await see(6000)
  expect(await versions(key, ['a'])).toEqual({ a: [7000, 4] })
})

test('Pages of another resource say nothing', async () => {
  const connection = await org.connect()
  const key = { ...connection, resource: 'customer' }
  const seq = (await store(key, ['a'])).get('a')!
  await org.within((tx) =>
    insertSeenPage(tx, { ...connection, resource: 'charge' }, { generation: 1, sent_at: 5000, seqs: [seq] }),
  )
  expect(await versions(key, ['a'])).toEqual({ a: [1000, 1] })
})

test('A page that held nothing is not written; pages of earlier generations are dropped', async () => {
  const key = { ...(await org.connect()), resource: 'customer' }
  const pages = async () => {
    const rows = await org.within((tx) =>
      tx.execute(sql`select generation from seen_pages where connection_id = ${key.connection_id} order by 1`),
    )
    return rows.map(({ generation }) => generation)
  }
  for (const generation of [1, 2, 3])
    await org.within((tx) => insertSeenPage(tx, key, { generation, sent_at: generation, seqs: [generation] }))
  await org.within((tx) => insertSeenPage(tx, key, { generation: 3, sent_at: 9, seqs: [] }))
  expect(await pages()).toEqual([1, 2, 3])
  await org.within((tx) => dropSeenPagesBefore(tx, key, 3))
  expect(await pages()).toEqual([3])
})

test('A page costs a few bytes a row, wherever its rows lie together', () => {
  const together = Array.from({ length: 500 }, (_, index) => 1_000_000 + index)
  expect(multirange(together).length).toBeLessThan(30)
})
