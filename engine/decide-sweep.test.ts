import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { defineResource } from '@tributary/sdk'
import type { Entry, Registry } from '../connectors/registry.ts'
import { deleteConnection, type ConnectionKey } from '../db/connections.ts'
import { saveCursor } from '../db/cursors.ts'
import { bumpEpoch, FencedError } from '../db/epochs.ts'
import { endPass } from '../db/pass-ends.ts'
import { startPasses, type Pass } from '../db/passes.ts'
import { stopConnection } from '../db/sync-cancel.ts'
import { claimSyncs } from '../db/sync-runs.ts'
import { requestSync, type SyncRow } from '../db/syncs.ts'
import { createTestOrg, type TestOrg } from '../stack/test-org.ts'
import { decideSweep } from './decide-sweep.ts'
import type { EngineDeps } from './deps.ts'

const resource = defineResource({ name: 'thing', collectionKey: 'x_thing', full: { by: 'pages' } })
const entry = { manifest: { type: 'x', resources: [resource] }, connector: {} } as unknown as Entry
const BEFORE = 5000

let org: TestOrg
let deps: EngineDeps
let key: ConnectionKey
let lead: SyncRow
beforeAll(async () => {
  org = await createTestOrg({ max: 4 })
  deps = { db: org.db, registry: { getConnector: () => entry } as unknown as Registry } as EngineDeps
})
afterAll(() => org.close())
beforeEach(async () => {
  key = await org.connect()
  await suspect()
})

/** A full pass that has seen none of 60 objects, and whose sweep was stopped. */
async function suspect(): Promise<void> {
  await org.within(async (tx) => {
    await tx.execute(sql`
      insert into entities (org_id, connection_id, resource, collection_key, external_id, raw_payload, hash, version, rank)
      select ${key.org_id}, ${key.connection_id}, 'thing', 'x_thing', 'id' || n, '{}', '\\x00', 1000, 4
      from generate_series(1, 60) n`)
    await requestSync(tx, { ...key, mode: 'full', resources: null, requested_by: 'test' })
    lead = (await claimSyncs(tx, key, randomUUID()))!.lead
    const [pass] = (await startPasses(tx, lead, [{ resource, scan: 'full', note: null }])) as [Pass]
    const position = { started_ms: BEFORE, ranges: [], dirty: [] }
    await saveCursor(tx, pass, { lane: 'full', epoch: pass.fence.resource, position })
    const done = { status: 'succeeded' as const, started_ms: BEFORE, revision: null }
    await endPass(tx, pass, done, { state: 'suspected', count: 60 })
  })
}

const confirm = () =>
  decideSweep(deps, { org_id: key.org_id, role: 'editor' }, { sync: lead, resource: 'thing', decision: 'confirm' })

test('a sweep is confirmed once', async () => {
  expect(await confirm()).toEqual({ deleted: 60 })
  expect(await confirm()).toBeUndefined()
})

test('a pass over what is new, begun meanwhile, does not keep a sweep from being confirmed', async () => {
  const decided = await org.within(async (tx) => {
    await bumpEpoch(tx, key, 'thing')
    const deciding = confirm()
    // It has looked at the epochs and waits for this transaction.
    await sleep(300)
    return { deciding }
  })
  expect(await decided.deciding).toEqual({ deleted: 60 })
})

test('of a connection that is deleted nothing is decided', async () => {
  await org.within(async (tx) => {
    await stopConnection(tx, key)
    await deleteConnection(tx, key)
  })
  await expect(confirm()).rejects.toThrow(FencedError)
})
