import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import postgres from 'postgres'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ConnectorError, defineConnector, defineResource, type Change, type Payload } from '@tributary/sdk'
import { z } from 'zod'
import type { Entry } from '../connectors/registry.ts'
import { createClient, type Client } from '../db/client.ts'
import { bumpEpoch, FencedError, readFence, type Fence } from '../db/epochs.ts'
import { startPasses } from '../db/passes.ts'
import { asWorker, inOrg } from '../db/tenancy.ts'
import { createTestDatabase, type TestDatabase } from '../stack/test-database.ts'
import { apply, type Applied, type Batch } from './apply.ts'
import type { Origin } from './decide.ts'
import { toItem } from './news.ts'

type Person = { id: string; name: unknown; tags?: string[] }

const resource = defineResource({
  name: 'person',
  collectionKey: 'acme_person',
  model: 'customer',
  full: { by: 'pages' },
})
const connector = defineConnector({
  config: z.object({}),
  open: () => ({ testConnection: () => Promise.reject(new Error('not asked')) }),
  map: {
    person: {
      // One record for the person, and one for each tag: the records of an object may become fewer.
      toUnified(payload: Payload) {
        const { id, name, tags = [] } = payload as Person
        if (typeof name !== 'string') throw new ConnectorError('invalid_payload', 'acme: name must be text')
        return [id, ...tags.map((tag) => `${id}/${tag}`)].map((source_id) => ({
          model: 'customer' as const,
          source_id,
          name,
        }))
      },
    },
  },
})
const entry = { manifest: { type: 'acme', resources: [resource] }, connector } as unknown as Entry

let database: TestDatabase
let client: Client
let admin: postgres.Sql
let key: { org_id: string; connection_id: string }
let fence: Fence

beforeAll(async () => {
  database = await createTestDatabase()
  client = createClient(database.appUrl, { max: 4 })
  admin = postgres(database.adminUrl, { max: 2 })
  await admin`insert into connectors (type, name, description, direction, version, schema_version, capabilities, status)
    values ('acme', 'Acme', '', 'inbound', '1.0.0', '1.0.0', '{}', 'active')`
})
afterAll(async () => {
  await admin.end()
  await client.close()
  await database.drop()
})
beforeEach(async () => {
  key = { org_id: randomUUID(), connection_id: randomUUID() }
  await admin`insert into orgs (id, name) values (${key.org_id}, 'Org')`
  await admin`insert into connections (org_id, id, connector, app_key, name, config, status, sync_status, supported_events, account, created_by)
    values (${key.org_id}, ${key.connection_id}, 'acme', 'acme', 'Acme', '{}', 'active', 'idle', '[]', '{}', 'test')`
  await admin`insert into epochs ${admin(key)}`
  fence = await inOrg(client.db, asWorker(key.org_id), async (tx) => {
    const lead = { ...key, id: randomUUID(), mode: 'full' } as Parameters<typeof startPasses>[1]
    await tx.execute(`insert into syncs (org_id, id, connection_id, mode, trigger, status, requested_by)
      values ('${key.org_id}', '${lead.id}', '${key.connection_id}', 'full', 'api', 'running', 'test')`)
    const [pass] = await startPasses(tx, lead, [{ resource, scan: 'full', note: null }])
    return pass!.fence
  })
})

type Told = {
  id?: string
  name?: unknown
  tags?: string[]
  archived_at?: string
  op?: Change['op']
  origin?: Origin
  version: number
}

/** Applies a batch of news about persons; list reads are told with `seen`. */
function tell(news: Told[], more: Partial<Batch> = {}): Promise<Applied> {
  const items = news.map(({ id = 'p1', name = 'Ada', tags, archived_at, op = 'update', origin = 'event', version }) => {
    const payload = op === 'delete' ? {} : { payload: { id, name, ...(tags && { tags }) } }
    const told = { resource: 'person', id, op, ...payload, ...(archived_at && { archived_at }) }
    return toItem(resource, told, { origin, version })
  })
  const base = { key, entry, account: { id: 'a', mode: 'test' as const }, resource, fence }
  return inOrg(client.db, asWorker(key.org_id), (tx) => apply(tx, { ...base, items, ...more }))
}
const read = (news: Omit<Told, 'origin'>[], sent_at: number) =>
  tell(
    news.map((one) => ({ ...one, origin: 'read' as const })),
    { seen: { generation: 1, sent_at } },
  )

async function stored(id = 'p1') {
  const [row] =
    await admin`select raw_payload, version, deleted_at, deletion_confidence, archived_at, xmin::text from entities
    where connection_id = ${key.connection_id} and external_id = ${id}`
  return row as {
    raw_payload: Person | null
    version: string
    deleted_at: Date | null
    deletion_confidence: string
    xmin: string
  }
}
const records = async () =>
  (
    await admin`select source_id, name, deleted_at is not null as deleted from customers where connection_id = ${key.connection_id} order by 1`
  ).map(({ source_id, name, deleted }) => [source_id, name, deleted])

/** The feed of this test's org: what became of which record, in order. */
const changes = async () =>
  (
    await admin`select r.source_id, c.kind from changes c join customers r using (org_id, unified_id)
    where c.org_id = ${key.org_id} order by c.number`
  ).map(({ source_id, kind }) => [source_id, kind])

test('a new object becomes an entity and its record, whose times are the source’s', async () => {
  const { counts } = await tell([{ version: 1000 }])
  expect(counts).toMatchObject({ created: 1, updated: 0 })
  expect((await stored()).raw_payload).toEqual({ id: 'p1', name: 'Ada' })
  expect(await records()).toEqual([['p1', 'Ada', false]])
})

test('an unchanged list row writes no entity, yet pushes its version on by the page that held it', async () => {
  await read([{ version: 1000 }], 1000)
  const before = await stored()
  const { counts } = await read([{ version: 5000 }], 5000)
  expect(counts).toMatchObject({ unchanged: 1 })
  expect((await stored()).xmin).toBe(before.xmin)
  const late = await tell([{ name: 'Late', version: 4000 }])
  expect(late.counts).toMatchObject({ stale: 1 })
  expect((await stored()).raw_payload?.name).toBe('Ada')
})

test('an unchanged event moves the version of its row', async () => {
  await tell([{ version: 1000 }])
  await tell([{ version: 5000 }])
  expect((await tell([{ name: 'Late', version: 4000 }])).counts).toMatchObject({ stale: 1 })
})

test('the start of the last complete pass is a floor of every version', async () => {
  await read([{ version: 1000 }], 1000)
  await admin`update resource_states set complete_started_ms = 9000 where connection_id = ${key.connection_id}`
  await admin`delete from seen_pages where connection_id = ${key.connection_id}`
  expect((await tell([{ name: 'Late', version: 8000 }])).counts).toMatchObject({ stale: 1 })
  expect((await tell([{ name: 'New', version: 9500 }])).counts).toMatchObject({ updated: 1 })
})

test('two states of one instant: the later arrival stands for now, and the object is to be read again', async () => {
  await tell([{ name: 'A', version: 1000 }])
  const { dirty } = await tell([{ name: 'B', version: 1000 }])
  expect(dirty).toEqual([{ id: 'p1', version: 1000 }])
  expect((await stored()).raw_payload?.name).toBe('B')
})

test('a batch with one object twice writes it once, as it was last', async () => {
  const { counts } = await tell([
    { name: 'B', version: 2000 },
    { name: 'A', version: 1000 },
  ])
  expect(counts).toMatchObject({ created: 1 })
  expect((await stored()).raw_payload?.name).toBe('B')
})

test('a deletion keeps the last payload, marks the records, and says how it is known', async () => {
  await tell([{ tags: ['x'], version: 1000 }])
  const { counts } = await tell([{ op: 'delete', version: 2000 }])
  expect(counts).toMatchObject({ deleted: 1 })
  expect(await stored()).toMatchObject({ raw_payload: { name: 'Ada' }, deletion_confidence: 'event' })
  expect(await records()).toEqual([
    ['p1', 'Ada', true],
    ['p1/x', 'Ada', true],
  ])
})

test('a deletion that comes first is a tombstone: a late update does not resurrect it, a newer read does', async () => {
  await tell([{ op: 'delete', version: 2000 }])
  expect(await stored()).toMatchObject({ raw_payload: null })
  expect((await tell([{ version: 1000 }])).counts).toMatchObject({ stale: 1 })
  expect(await tell([{ version: 3000 }])).toMatchObject({ counts: { stale: 1 }, dirty: [{ id: 'p1' }] })
  expect(await records()).toEqual([])
  expect((await read([{ version: 4000 }], 4000)).counts).toMatchObject({ updated: 1 })
  expect(await stored()).toMatchObject({ deleted_at: null, raw_payload: { name: 'Ada' } })
  expect(await records()).toEqual([['p1', 'Ada', false]])
})

test('records that an object gives no more are marked as deleted, and come back with it', async () => {
  await tell([{ tags: ['x', 'y'], version: 1000 }])
  await tell([{ tags: ['y'], version: 2000 }])
  expect(await records()).toEqual([
    ['p1', 'Ada', false],
    ['p1/x', 'Ada', true],
    ['p1/y', 'Ada', false],
  ])
  await tell([{ tags: ['x', 'y'], version: 3000 }])
  expect((await records()).every(([, , deleted]) => deleted === false)).toBe(true)
})

test('the feed tells what became of records: one that comes back after its deletion is created anew', async () => {
  await tell([{ tags: ['x'], version: 1000 }])
  await tell([{ name: 'Eve', tags: ['x'], version: 2000 }])
  await tell([{ name: 'Eve', version: 3000 }])
  await tell([{ op: 'delete', version: 4000 }])
  await read([{ name: 'Eve', tags: ['x'], version: 5000 }], 5000)
  expect(await changes()).toEqual([
    ['p1', 'created'],
    ['p1/x', 'created'],
    ['p1', 'updated'],
    ['p1/x', 'updated'],
    ['p1', 'updated'],
    ['p1/x', 'deleted'],
    ['p1', 'deleted'],
    ['p1', 'created'],
    ['p1/x', 'created'],
  ])
})

test('a record is archived once; what changes of it then, its return included, is an update', async () => {
  const archived_at = '2026-01-02T03:04:05Z'
  await tell([{ version: 1000 }, { id: 'p2', archived_at, version: 1000 }])
  await tell([{ archived_at, version: 2000 }])
  await tell([{ name: 'Eve', archived_at: '2026-02-02T03:04:05Z', version: 3000 }])
  await tell([{ name: 'Eve', version: 4000 }])
  await tell([{ name: 'Eve', archived_at, version: 5000 }])
  expect(await changes()).toEqual([
    ['p1', 'created'],
    ['p2', 'created'],
    ['p1', 'archived'],
    ['p1', 'updated'],
    ['p1', 'updated'],
    ['p1', 'archived'],
  ])
})

test('what wrote no record is no change: unchanged, stale, quarantined, or taken over', async () => {
  await read([{ version: 1000 }], 1000)
  await read([{ version: 2000 }], 2000)
  await tell([{ name: 'Late', version: 1500 }])
  await read([{ name: 7, version: 3000 }], 3000)
  await tell([{ id: 'p9', op: 'delete', version: 1000 }])
  await inOrg(client.db, asWorker(key.org_id), (tx) => bumpEpoch(tx, key, 'person'))
  await expect(tell([{ name: 'Eve', version: 4000 }])).rejects.toThrow(FencedError)
  expect(await changes()).toEqual([['p1', 'created']])
})

test('what cannot be mapped goes to quarantine with its reason, and leaves it when it can', async () => {
  await tell([{ version: 1000 }])
  const { counts } = await read([{ name: 7, version: 2000 }], 2000)
  expect(counts).toMatchObject({ quarantined: 1 })
  const inside = () =>
    admin`select reason, reason_code, raw_payload from quarantine where connection_id = ${key.connection_id}`
  expect(await inside()).toMatchObject([{ reason: 'acme: name must be text', raw_payload: { id: 'p1', name: 7 } }])
  expect((await stored()).raw_payload?.name).toBe('Ada')
  await read([{ name: 'Eve', version: 3000 }], 3000)
  expect(await inside()).toEqual([])
  expect(await records()).toEqual([['p1', 'Eve', false]])
})

test('an older state that is told late does not let a newer one out of quarantine', async () => {
  await tell([{ version: 1000 }])
  await tell([{ name: 7, version: 3000 }])
  const inside = () => admin`select version::int from quarantine where connection_id = ${key.connection_id}`
  await tell([{ name: 'Stale', version: 500 }])
  await tell([{ name: 'Late', version: 2000 }])
  expect(await inside()).toEqual([{ version: 3000 }])
  await tell([{ name: 'Mended', version: 4000 }])
  expect(await inside()).toEqual([])
})

test('a quarantined object counts as seen', async () => {
  await read([{ version: 1000 }], 1000)
  await read([{ name: 7, version: 2000 }], 2000)
  const [row] = await admin`select count(*)::int as pages from seen_pages p join entities e on p.seqs @> e.seq
    where e.connection_id = ${key.connection_id} and p.sent_at = 2000`
  expect(row).toEqual({ pages: 1 })
})

test('a run that was taken over writes nothing: neither rows nor cursor', async () => {
  await inOrg(client.db, asWorker(key.org_id), (tx) => bumpEpoch(tx, key, 'person'))
  const cursor = () => ({ lane: 'full', epoch: 1, position: { after: 'x' } })
  await expect(tell([{ version: 1000 }], { cursor })).rejects.toThrow(FencedError)
  expect(await stored()).toBeUndefined()
  expect(await admin`select 1 from cursors where connection_id = ${key.connection_id}`).toHaveLength(0)
  fence = await inOrg(client.db, asWorker(key.org_id), (tx) => readFence(tx, key, 'person'))
  await tell([{ version: 1000 }], { cursor })
  expect(await admin`select position from cursors where connection_id = ${key.connection_id}`).toEqual([
    { position: { after: 'x' } },
  ])
})

test('the same news twice and in any order gives the same table', async () => {
  const news: Told[] = [
    { name: 'A', version: 1000, op: 'create' },
    { name: 'B', version: 2000 },
    { name: 'C', version: 3000 },
    { name: 'D', version: 4000, id: 'p2' },
    { version: 5000, id: 'p2', op: 'delete' },
  ]
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray([...news, ...news], { minLength: 10 }), async (order) => {
      await admin`delete from entities where connection_id = ${key.connection_id}`
      await admin`delete from customers where connection_id = ${key.connection_id}`
      await admin`delete from changes where org_id = ${key.org_id}`
      for (const one of order) await tell([one])
      expect((await stored()).raw_payload?.name).toBe('C')
      expect((await stored('p2')).deleted_at).not.toBeNull()
      expect(await records()).toContainEqual(['p1', 'C', false])
      expect((await records()).filter(([id, , deleted]) => id === 'p2' && !deleted)).toEqual([])
      const live = new Map((await changes()).map(([id, kind]) => [id, kind !== 'deleted']))
      expect([...live].filter(([, isLive]) => isLive)).toEqual([['p1', true]])
    }),
    { numRuns: 15 },
  )
})
