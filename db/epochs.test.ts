import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readStored, upsertEntities } from './entities.ts'
import { bumpEpoch, FencedError, holdFence, readFence, type Fence } from './epochs.ts'
import type { Tx } from './tenancy.ts'
import { createTestOrg, type TestOrg } from '../stack/test-org.ts'

let org: TestOrg
beforeAll(async () => {
  org = await createTestOrg({ max: 6 })
})
afterAll(() => org.close())

/** A connection with two resources, each at an epoch that a run has taken. */
async function connect() {
  const key = await org.connect()
  await org.within(async (tx) => {
    await bumpEpoch(tx, key, 'customer')
    await bumpEpoch(tx, key, 'charge')
  })
  const fence = await org.within((tx) => readFence(tx, key, 'customer'))
  return { key, fence, customer: { ...key, resource: 'customer' }, charge: { ...key, resource: 'charge' } }
}

/** A transaction that holds the fence until it is let go. */
function writer(
  key: Parameters<typeof holdFence>[1],
  fence: Fence,
  write: (tx: Tx) => Promise<unknown> = async () => {},
) {
  let letGo = () => {}
  let held = () => {}
  const isHeld = new Promise<void>((resolve) => (held = resolve))
  const asked = new Promise<void>((resolve) => (letGo = resolve))
  const ended = org.within(async (tx) => {
    await holdFence(tx, key, fence)
    await write(tx)
    held()
    await asked
  })
  return { isHeld: Promise.race([isHeld, ended]), letGo, ended }
}

const WAIT_MS = 150
const isPending = (promise: Promise<unknown>) =>
  Promise.race([promise.then(() => false), sleep(WAIT_MS).then(() => true)])

test('A run at both epochs writes; the first epoch of either is 1', async () => {
  const { fence, customer } = await connect()
  expect(fence).toEqual({ connection: 1, resource: 1 })
  await org.within((tx) => holdFence(tx, customer, fence))
})

test.each([
  ['of the connection is older', { connection: 0, resource: 1 }],
  ['of the connection is newer', { connection: 2, resource: 1 }],
  ['of the resource is older', { connection: 1, resource: 0 }],
  ['of the resource is newer', { connection: 1, resource: 2 }],
])('A run is refused whose epoch %s', async (_, fence) => {
  const { customer } = await connect()
  await expect(org.within((tx) => holdFence(tx, customer, fence))).rejects.toThrow(FencedError)
})

test('A resource that nobody has taken has an epoch at which nobody writes', async () => {
  const { key } = await connect()
  const fence = await org.within((tx) => readFence(tx, key, 'invoice'))
  expect(fence).toEqual({ connection: 1, resource: 0 })
  await expect(org.within((tx) => holdFence(tx, { ...key, resource: 'invoice' }, fence))).rejects.toThrow(FencedError)
})

test('Each bump moves an epoch on by one, and fences who held the one before', async () => {
  const { key, fence, customer, charge } = await connect()
  expect(await org.within((tx) => bumpEpoch(tx, key, 'customer'))).toBe(2)
  await expect(org.within((tx) => holdFence(tx, customer, fence))).rejects.toThrow(FencedError)
  await org.within((tx) => holdFence(tx, charge, fence))
  expect(await org.within((tx) => bumpEpoch(tx, key, ''))).toBe(2)
  await expect(org.within((tx) => holdFence(tx, charge, fence))).rejects.toThrow(FencedError)
})

test('The epochs of another connection are its own', async () => {
  const [one, other] = [await connect(), await connect()]
  await org.within((tx) => bumpEpoch(tx, one.key, ''))
  await expect(org.within((tx) => holdFence(tx, other.customer, other.fence))).resolves.toBeUndefined()
})

test('Two writers of one resource wait for each other', async () => {
  const { customer, fence } = await connect()
  const first = writer(customer, fence)
  await first.isHeld
  const second = writer(customer, fence)
  expect(await isPending(second.isHeld)).toBe(true)
  first.letGo()
  await second.isHeld
  second.letGo()
  await Promise.all([first.ended, second.ended])
})

test('Writers of two resources do not wait', async () => {
  const { customer, charge, fence } = await connect()
  const [first, second] = [writer(customer, fence), writer(charge, fence)]
  await Promise.all([first.isHeld, second.isHeld])
  expect(await isPending(second.isHeld)).toBe(false)
  first.letGo()
  second.letGo()
  await Promise.all([first.ended, second.ended])
})

async function waitingForLocks(count: number): Promise<void> {
  const waiting = sql`select count(*) as count from pg_stat_activity
    where wait_event_type = 'Lock' and datname = current_database()`
  const look = async () => (await org.within((tx) => tx.execute<{ count: number }>(waiting)))[0]!.count
  while ((await look()) < count);
}

test('Who takes over waits for the transaction that is under way, and nothing comes after it', async () => {
  const { key, customer, fence } = await connect()
  const running = writer(customer, fence)
  await running.isHeld
  const bumps = [org.within((tx) => bumpEpoch(tx, key, '')), org.within((tx) => bumpEpoch(tx, key, 'customer'))]
  // Else whoever comes late could come before them.
  await waitingForLocks(bumps.length)
  const late = org.within((tx) => holdFence(tx, customer, fence))
  running.letGo()
  expect(await Promise.all(bumps)).toEqual([2, 2])
  await running.ended
  await expect(late).rejects.toThrow(FencedError)
})

test('What is asked together with the fence is answered behind it: it shows what the writer before has written', async () => {
  const { customer, fence } = await connect()
  const entity = { external_id: 'cus_1', raw_payload: '{}', hash: '00', version: 1, rank: 0, sanitized: false }
  const rows = [{ ...entity, archived_at: null, deleted_at: null, deletion_confidence: null }]
  const first = writer(customer, fence, (tx) => upsertEntities(tx, { ...customer, collection_key: 'x' }, rows))
  await first.isHeld
  const seen = org.within(async (tx) => {
    const [, stored] = await Promise.all([holdFence(tx, customer, fence), readStored(tx, customer, ['cus_1'], 0)])
    return stored
  })
  expect(await isPending(seen)).toBe(true)
  first.letGo()
  expect(await seen).toMatchObject([{ external_id: 'cus_1', version: 1 }])
  await first.ended
})

test('A viewer cannot hold a fence', async () => {
  const { customer, fence } = await connect()
  const held = org.within((tx) => holdFence(tx, customer, fence), 'viewer')
  await expect(held).rejects.toThrow(FencedError)
})
