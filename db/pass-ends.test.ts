import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { defineResource, type Resource } from '@tributary/sdk'
import { createTestOrg, type TestOrg } from '../stack/test-org.ts'
import type { ConnectionKey } from './connections.ts'
import { findCursor, saveCursor } from './cursors.ts'
import { endPass, resolveSweep, type PassEnd, type Sweep } from './pass-ends.ts'
import { startPasses, type Pass } from './passes.ts'
import { upsertQuarantine } from './quarantine.ts'
import { findResourceState, forgetRevision } from './resource-states.ts'
import { syncs } from './schema/index.ts'
import type { SyncRow } from './syncs.ts'

const resource = defineResource({ name: 'thing', collectionKey: 'x_thing', full: { by: 'pages' } })
const MINUTE = 60_000

let org: TestOrg
let key: ConnectionKey
beforeAll(async () => {
  org = await createTestOrg()
})
afterAll(() => org.close())
beforeEach(async () => {
  key = await org.connect()
})

async function startPass(of: { resource?: Resource; trigger?: SyncRow['trigger'] } = {}): Promise<Pass> {
  const asked = { mode: 'full', trigger: of.trigger ?? 'api', status: 'running', requested_by: 'test' } as const
  const [pass] = await org.within(async (tx) => {
    const [lead] = await tx
      .insert(syncs)
      .values({ ...key, id: randomUUID(), ...asked })
      .returning()
    return startPasses(tx, lead!, [{ resource: of.resource ?? resource, scan: 'full', note: null }])
  })
  return pass!
}

function end(pass: Pass, { result = {}, sweep }: { result?: Partial<PassEnd>; sweep?: Sweep | undefined } = {}) {
  const done = { status: 'succeeded', started_ms: Date.now() - MINUTE, revision: null, ...result } as PassEnd
  return org.within((tx) => endPass(tx, pass, done, sweep))
}

/** An object that a pass could not map. */
const quarantine = (pass: Pass, external_id: string, version: number) => {
  const row = { id: randomUUID(), external_id, raw_payload: '{}', hash: '00', version, reason_code: 'x', reason: 'x' }
  return org.within((tx) => upsertQuarantine(tx, { ...pass, collection_key: 'x_thing' }, [row]))
}

async function inQuarantine(): Promise<unknown[]> {
  const rows = await org.within((tx) =>
    tx.execute(sql`select external_id from quarantine where connection_id = ${key.connection_id} order by external_id`),
  )
  return rows.map((row) => row.external_id)
}

test.each<[SyncRow['trigger'], boolean]>([
  ['api', true],
  ['schedule', true],
  ['pass', false],
])('a full pass that was asked for by %s is followed by a catch-up: %s', async (trigger, isFollowed) => {
  const byTime = defineResource({ ...resource, incremental: { by: 'time', field: 'changed' } })
  expect(await end(await startPass({ resource: byTime, trigger }))).toEqual({ queued: isFollowed })
})

const revisionOf = async (pass: Pass) => (await org.within((tx) => findResourceState(tx, pass)))!.revision

test('a reset during a pass is not undone by the end of that pass, but by the next that reads all', async () => {
  const first = await startPass()
  await org.within((tx) => forgetRevision(tx, first))
  await end(first, { result: { revision: 'v1' }, sweep: { state: 'done' } })
  expect(await revisionOf(first)).not.toBe('v1')
  const second = await startPass()
  expect(await revisionOf(second)).toBeNull()
  await end(second, { result: { revision: 'v1' }, sweep: { state: 'done' } })
  expect(await revisionOf(second)).toBe('v1')
})

const cursorOf = (pass: Pass) => org.within((tx) => findCursor(tx, pass, 'full'))
const moveCursor = (pass: Pass) =>
  org.within((tx) => saveCursor(tx, pass, { lane: 'full', epoch: pass.fence.resource, position: { ranges: [] } }))

test('a pass that is closed once more, after the next has begun, leaves the place of that one alone', async () => {
  const first = await startPass()
  await end(first, { sweep: { state: 'done' } })
  const second = await startPass()
  await moveCursor(second)
  await end(first, { sweep: { state: 'done' } })
  expect(await cursorOf(second)).toBeDefined()
  await end(second, { sweep: { state: 'done' } })
  expect(await cursorOf(second)).toBeUndefined()
})

test('a sweep is decided once, and not any more when a later pass has begun to look again', async () => {
  const first = await startPass()
  await end(first, { sweep: { state: 'suspected', count: 100 } })
  expect(await org.within((tx) => resolveSweep(tx, first, 'refused'))).toBe(true)
  expect(await org.within((tx) => resolveSweep(tx, first, 'refused'))).toBe(false)
  const second = await startPass()
  await end(second, { sweep: { state: 'suspected', count: 100 } })
  const third = await startPass()
  await moveCursor(third)
  expect(await org.within((tx) => resolveSweep(tx, second, 'refused'))).toBe(false)
  expect(await cursorOf(third)).toBeDefined()
})

test('what is in quarantine leaves it when a complete pass has not seen it any more', async () => {
  const first = await startPass()
  await quarantine(first, 'gone', Date.now() - 2 * MINUTE)
  await quarantine(first, 'there', Date.now() - 2 * MINUTE)
  await end(first, { sweep: { state: 'done' } })
  const second = await startPass()
  await quarantine(second, 'there', Date.now())
  await end(second, { sweep: { state: 'done' } })
  expect(await inQuarantine()).toEqual(['there'])
})

test.each<[string, Partial<PassEnd>, Sweep | undefined]>([
  ['has failed', { status: 'failed', failure: { code: 'x', message: 'x' } }, undefined],
  ['was not to read everything', { limited: true }, undefined],
  ['lost more than can be believed', {}, { state: 'suspected', count: 100 }],
  ['met the same content, and did not read it', { same: true }, { state: 'done' }],
])('a pass that %s leaves in quarantine what was in it', async (_, result, sweep) => {
  const first = await startPass()
  await quarantine(first, 'unseen', Date.now() - 2 * MINUTE)
  await end(first)
  await end(await startPass(), { result, sweep })
  expect(await inQuarantine()).toEqual(['unseen'])
})
