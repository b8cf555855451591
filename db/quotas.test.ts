import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../stack/test-database.ts'
import { createClient, type Client } from './client.ts'
import {
  claimSeats,
  dropIdleQuotas,
  extendSeat,
  leaseSlots,
  pauseQuota,
  type SliceAnswer,
  type SliceRequest,
} from './quotas.ts'

let database: TestDatabase
let client: Client
beforeAll(async () => {
  database = await createTestDatabase()
  client = createClient(database.appUrl, { max: 8 })
})
afterAll(async () => {
  await client.close()
  await database.drop()
})

const HOUR_MS = 3_600_000
const lease = (over: Partial<SliceRequest> & { key: string }) =>
  leaseSlots(client.db, { count: 1, spacingMs: 1000, earliestMs: 0, patienceMs: HOUR_MS, ...over })
const claim = (keys: string[], count = 1, leaseMs = HOUR_MS) => claimSeats(client.db, { keys, count, leaseMs })
const dueAt = async (key: string) =>
  (await client.db.execute<{ due_at: string }>(sql`select due_at from quotas where key = ${key}`))[0]?.due_at

test('Slices that are taken at one time lie one after the other', async () => {
  const key = randomUUID()
  const counts = Array.from({ length: 40 }, (_, index) => 1 + (index % 5))
  const slices = await Promise.all(
    counts.map(async (count) => ({ until: (await lease({ key, count })).until!, ms: count * 1000 })),
  )
  const inOrder = slices.toSorted((a, b) => a.until - b.until)
  for (const [index, { until }] of inOrder.slice(0, -1).entries()) {
    const next = inOrder[index + 1]!
    expect(next.until - next.ms).toBeCloseTo(until, 1)
  }
})

test('A limit that was idle has no more than what it may save', async () => {
  const key = randomUUID()
  const begins = ({ until, now }: SliceAnswer) => until! - 1000 - now
  expect(begins(await lease({ key, earliestMs: -HOUR_MS }))).toBeLessThanOrEqual(-HOUR_MS)
  await client.db.execute(sql`update quotas set due_at = now() - interval '1 day' where key = ${key}`)
  const idle = await lease({ key, earliestMs: -HOUR_MS })
  expect(begins(idle)).toBeLessThanOrEqual(-HOUR_MS)
  expect(begins(idle)).toBeGreaterThan(-2 * HOUR_MS)
  const next = await lease({ key, earliestMs: -HOUR_MS })
  expect(next.until! - idle.until!).toBeCloseTo(1000, 1)
})

test('A slice begins no earlier than was asked for', async () => {
  const key = randomUUID()
  const first = await lease({ key, earliestMs: 1000 })
  expect(first.until! - 1000 - first.now).toBeGreaterThan(0)
  const second = await lease({ key, earliestMs: 60_000 })
  expect(second.until! - 1000 - first.now).toBeGreaterThanOrEqual(60_000)
})

test('Nothing is taken that begins too late to be waited for, and it is said when there will be something', async () => {
  const key = randomUUID()
  const last = await lease({ key, count: 100 })
  const before = await dueAt(key)
  expect(await lease({ key, patienceMs: 50_000 })).toMatchObject({ until: null, busy_until: last.until })
  expect(await dueAt(key)).toBe(before)
})

test('After a pause slices begin no earlier than it ends, and a shorter one does not end it', async () => {
  const [known, unknown] = [randomUUID(), randomUUID()]
  const before = await lease({ key: known })
  for (const key of [known, unknown]) {
    await pauseQuota(client.db, key, 60_000)
    await pauseQuota(client.db, key, 10)
    const { until } = await lease({ key })
    expect(until! - 1000 - before.now).toBeGreaterThanOrEqual(60_000)
  }
})

test('A seat has one holder, however many ask at one time', async () => {
  const keys = Array.from({ length: 6 }, () => randomUUID())
  const claims = await Promise.all(Array.from({ length: 30 }, (_, index) => claim(keys, 1 + (index % 3))))
  const taken = claims.flat().map(({ key }) => key)
  expect(taken).toHaveLength(new Set(taken).size)
  while (taken.length < keys.length) taken.push(...(await claim(keys)).map(({ key }) => key))
  expect(taken.toSorted()).toEqual(keys.toSorted())
  expect(await claim(keys)).toEqual([])
})

test('A seat is free again when its lease ends, or is given back', async () => {
  const key = randomUUID()
  await claim([key], 1, 0)
  const [seat] = await claim([key])
  expect(await claim([key])).toEqual([])
  await extendSeat(client.db, seat!, 0)
  expect(await claim([key])).toHaveLength(1)
})

test('A lease goes on for whoever holds the seat, and for nobody else', async () => {
  const key = randomUUID()
  const [lapsed] = await claim([key], 1, 0)
  const [seat] = await claim([key], 1, 1000)
  expect(await extendSeat(client.db, lapsed!, HOUR_MS)).toBeUndefined()
  const extended = await extendSeat(client.db, seat!, HOUR_MS)
  expect(Date.parse(extended!.due_at) - Date.parse(seat!.due_at)).toBeGreaterThan(HOUR_MS / 2)
  expect(await extendSeat(client.db, seat!, HOUR_MS)).toBeUndefined()
  expect(await extendSeat(client.db, extended!, 0)).toBeDefined()
})

test('Quotas that nobody used for long are forgotten, all others are not', async () => {
  const [old, used] = [randomUUID(), randomUUID()]
  for (const key of [old, used]) await lease({ key })
  await client.db.execute(sql`update quotas set due_at = now() - interval '8 days' where key = ${old}`)
  await dropIdleQuotas(client.db)
  expect(await dueAt(old)).toBeUndefined()
  expect(await dueAt(used)).toBeDefined()
})
