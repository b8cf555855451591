import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { defineResource } from '@tributary/sdk'
import type { Entry, Registry } from '../connectors/registry.ts'
import { startPasses, type Pass } from '../db/passes.ts'
import { syncs } from '../db/schema/index.ts'
import { insertSeenPage } from '../db/seen-pages.ts'
import { createTestOrg, type TestOrg } from '../stack/test-org.ts'
import type { EngineDeps } from './deps.ts'
import { deleteMissing, sweep } from './sweep.ts'

const resource = defineResource({ name: 'thing', collectionKey: 'x_thing', full: { by: 'pages' } })
const entry = { manifest: { type: 'x', resources: [resource] }, connector: {} } as unknown as Entry

let org: TestOrg
let deps: EngineDeps
let pass: Pass
beforeAll(async () => {
  org = await createTestOrg()
  deps = { db: org.db, registry: { getConnector: () => entry } as unknown as Registry } as EngineDeps
})
afterAll(() => org.close())
beforeEach(async () => {
  const key = await org.connect()
  const asked = { mode: 'full', trigger: 'api', status: 'running', requested_by: 'test' } as const
  const [first] = await org.within(async (tx) => {
    const [lead] = await tx
      .insert(syncs)
      .values({ ...key, id: randomUUID(), ...asked })
      .returning()
    return startPasses(tx, lead!, [{ resource, scan: 'full', note: null }])
  })
  pass = first!
})

/** Objects as of version 1000, each with its place in their order; gives their `seq`s. */
async function store(count: number): Promise<number[]> {
  const { org_id, connection_id } = pass
  const rows = await org.within((tx) =>
    tx.execute<{ seq: number }>(sql`
      insert into entities (org_id, connection_id, resource, collection_key, external_id, raw_payload, hash, version, rank)
      select ${org_id}, ${connection_id}, 'thing', 'x_thing', 'id' || n, '{}', '\\x00', 1000, 4
      from generate_series(1, ${count}::int) n returning seq`),
  )
  return rows.map(({ seq }) => seq)
}

const see = (seqs: number[], sent_at: number) =>
  org.within((tx) => insertSeenPage(tx, pass, { generation: pass.generation, sent_at, seqs }))

async function live(): Promise<number> {
  const { connection_id } = pass
  const [row] = await org.within((tx) =>
    tx.execute<{ count: number }>(
      sql`select count(*) from entities where connection_id = ${connection_id} and deleted_at is null`,
    ),
  )
  return row!.count
}

test('what a complete pass has not seen is gone, whatever number of batches it takes', async () => {
  const seqs = await store(2600)
  await see(
    seqs.filter((_, n) => n % 26 === 0),
    6000,
  )
  expect(await deleteMissing(deps, { ...pass, before: 5000 })).toBe(2500)
  expect(await live()).toBe(100)
})

test('more than can be believed is only counted', async () => {
  await see((await store(600)).slice(0, 539), 6000)
  expect(await sweep(deps, pass, { started_ms: 5000, revision: null })).toEqual({ state: 'suspected', count: 61 })
  expect(await live()).toBe(600)
})

test('a pass that began by a clock which was set back ends, and deletes nothing that may be newer', async () => {
  await store(10)
  const { connection_id } = pass
  await org.within((tx) =>
    tx.execute(sql`update resource_states set complete_started_ms = 9000 where connection_id = ${connection_id}`),
  )
  expect(await sweep(deps, pass, { started_ms: 5000, revision: null })).toEqual({ state: 'done' })
  expect(await live()).toBe(10)
})
