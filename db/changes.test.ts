import { randomInt, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createTestOrg, type TestOrg } from '../stack/test-org.ts'
import { appendChanges, dropChanges, findFeedEnds, listChanges, type NewChange } from './changes.ts'
import { inOrg, type Tx } from './tenancy.ts'

let org: TestOrg
beforeAll(async () => {
  org = await createTestOrg({ max: 10 })
})
afterAll(() => org.close())

/** A new one for each test: numbers begin at 1. */
let org_id: string
beforeEach(() => {
  org_id = randomUUID()
})
const within = <Result>(work: (tx: Tx) => Promise<Result>) => inOrg(org.db, { org_id, role: 'editor' }, work)

const change = (fields: Partial<NewChange> = {}): NewChange => ({
  connection_id: randomUUID(),
  resource: 'customer',
  model: 'customer',
  unified_id: randomUUID(),
  kind: 'created',
  ...fields,
})
const append = (...rows: NewChange[]) => within((tx) => appendChanges(tx, org_id, rows))
const list = (query: Partial<Parameters<typeof listChanges>[1]> = {}) =>
  within((tx) => listChanges(tx, { org_id, after: 0, limit: 1000, ...query }))

test('Changes are numbered as they were given, one transaction after the other', async () => {
  const [first, second, third] = [change(), change({ kind: 'deleted', model: 'invoice' }), change({ kind: 'archived' })]
  await append(first, second)
  await append(third)
  const { rows, ...ends } = await list()
  expect(rows.map(({ changed_at: _, ...row }) => row)).toEqual(
    [first, second, third].map((row, index) => ({ ...row, number: index + 1 })),
  )
  expect(ends).toEqual({ last_number: 3, dropped_number: 0 })
  expect(await within((tx) => findFeedEnds(tx, org_id))).toEqual(ends)
})

test('Nothing that changed takes no number, and an org without changes has a feed that is empty', async () => {
  await append()
  expect(await list()).toEqual({ rows: [], last_number: 0, dropped_number: 0 })
  expect(await within((tx) => findFeedEnds(tx, org_id))).toEqual({ last_number: 0, dropped_number: 0 })
  const counters = await within((tx) => tx.execute(sql`select 1 from change_counters`))
  expect(counters).toHaveLength(0)
})

test('A page ends at its limit; filters leave out the others, and the ends of the feed stay', async () => {
  const connection_id = randomUUID()
  await append(change({ model: 'deal' }), change({ connection_id }), change({ model: 'deal', connection_id }), change())
  const numbers = async (query: Parameters<typeof list>[0]) => (await list(query)).rows.map(({ number }) => number)
  expect(await numbers({ limit: 3 })).toEqual([1, 2, 3])
  expect(await numbers({ after: 3, limit: 3 })).toEqual([4])
  expect(await numbers({ model: 'deal' })).toEqual([1, 3])
  expect(await numbers({ connection_id })).toEqual([2, 3])
  expect(await list({ model: 'invoice', after: 2 })).toEqual({ rows: [], last_number: 4, dropped_number: 0 })
})

test('What was rolled back leaves no gap', async () => {
  await append(change())
  const failed = within(async (tx) => {
    await appendChanges(tx, org_id, [change(), change()])
    throw new Error('rolled back')
  })
  await expect(failed).rejects.toThrow('rolled back')
  await append(change())
  expect((await list()).rows.map(({ number }) => number)).toEqual([1, 2])
})

test('Eight writers that wait and fail at random: a reader who polls sees every change once, in order, without a gap', async () => {
  const committed: string[] = []
  const pause = () => sleep(randomInt(4))
  async function write() {
    const rows = Array.from({ length: randomInt(1, 5) }, () => change())
    const fails = randomInt(4) === 0
    const transaction = within(async (tx) => {
      await tx.execute(sql`select 1`)
      await pause()
      await appendChanges(tx, org_id, rows)
      await pause()
      if (fails) throw new Error('rolled back')
    })
    await transaction.then(
      () => committed.push(...rows.map((row) => row.unified_id)),
      (error: Error) => expect(error.message).toBe('rolled back'),
    )
  }
  let writing = true
  const writers = Array.from({ length: 8 }, async () => {
    for (let transaction = 0; transaction < 25; transaction++) await write()
  })
  const done = Promise.all(writers).then(() => (writing = false))

  const seen: Awaited<ReturnType<typeof list>>['rows'] = []
  for (let last = false; !last;) {
    last = !writing
    const { rows } = await list({ after: seen.at(-1)?.number ?? 0, limit: randomInt(1, 50) })
    seen.push(...rows)
    if (rows.length > 0) last = false
  }
  await done
  expect(seen.map(({ number }) => number)).toEqual(seen.map((_, index) => index + 1))
  expect(seen.map(({ unified_id }) => unified_id).toSorted()).toEqual(committed.toSorted())
  expect(seen).toEqual((await list({ limit: 10_000 })).rows)
})

test('Times follow the numbers, whichever transaction began first', async () => {
  await within(async (tx) => {
    await tx.execute(sql`select 1`)
    await append(change())
    await appendChanges(tx, org_id, [change()])
  })
  const byTime = await within((tx) =>
    tx.execute<{ number: number }>(sql`select number from changes order by changed_at`),
  )
  expect(byTime.map(({ number }) => number)).toEqual([1, 2])
})

test('What is older than it is kept is dropped in batches from the old end, and the feed knows up to where', async () => {
  await append(...Array.from({ length: 5 }, () => change()))
  await within((tx) => tx.execute(sql`update changes set changed_at = now() - interval '31 days' where number <= 3`))
  const drop = () => within((tx) => dropChanges(tx, org_id, { days: 30, limit: 2 }))
  expect(await drop()).toBe(2)
  expect((await list()).dropped_number).toBe(2)
  expect(await drop()).toBe(1)
  expect(await drop()).toBe(0)
  const { rows, ...ends } = await list()
  expect(rows.map(({ number }) => number)).toEqual([4, 5])
  expect(ends).toEqual({ last_number: 5, dropped_number: 3 })
  await append(change())
  expect((await list()).rows.map(({ number }) => number)).toEqual([4, 5, 6])
})

test('Numbers of one org have nothing to do with those of another', async () => {
  await append(change(), change())
  const first = org_id
  org_id = randomUUID()
  await append(change())
  expect((await list()).last_number).toBe(1)
  // Even asked for by the other's id.
  expect(await list({ org_id: first })).toEqual({ rows: [], last_number: 0, dropped_number: 0 })
})
