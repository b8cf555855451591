import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { defineResource } from '@tributary/sdk'
import type { Entry, Registry } from '../connectors/registry.ts'
import type { ConnectionKey } from '../db/connections.ts'
import { listQuietRuns } from '../db/dispatch.ts'
import { startPasses } from '../db/passes.ts'
import { claimSyncs } from '../db/sync-runs.ts'
import { cancelSync, stopConnection } from '../db/sync-cancel.ts'
import { requestSync } from '../db/syncs.ts'
import { createTestOrg, type TestOrg } from '../stack/test-org.ts'
import { closeLostRun, closePass } from './close-pass.ts'
import type { EngineDeps } from './deps.ts'

const resource = defineResource({ name: 'thing', collectionKey: 'x_thing', full: { by: 'pages' } })
const entry = { manifest: { type: 'x', resources: [resource] }, connector: {} } as unknown as Entry

let org: TestOrg
let deps: EngineDeps
let key: ConnectionKey
beforeAll(async () => {
  org = await createTestOrg()
  deps = { db: org.db, registry: { getConnector: () => entry } as unknown as Registry } as EngineDeps
})
afterAll(() => org.close())
beforeEach(async () => {
  key = await org.connect()
})

const ask = () =>
  org.within((tx) => requestSync(tx, { ...key, mode: 'full', resources: null, requested_by: randomUUID() }))
const claim = (workflow_id: string) => org.within((tx) => claimSyncs(tx, key, workflow_id))
async function askAndClaim() {
  await ask()
  return (await claim('run/1'))!
}
const statuses = async () =>
  (
    await org.within((tx) =>
      tx.execute(sql`select status from syncs where connection_id = ${key.connection_id} order by requested_at`),
    )
  ).map(({ status }) => status)

/** What the sweeper does about runs whose workflow is gone. */
async function closeLost(): Promise<void> {
  const quiet = (await listQuietRuns(org.db, -60)).filter((run) => run.connection_id === key.connection_id)
  for (const run of quiet) await closeLostRun(deps, run)
}

test('one of two syncs that share a run is cancelled, and ends where the run’s workflow is gone before it could say so', async () => {
  const [, second] = [await ask(), await ask()]
  const { lead } = (await claim('run/1'))!
  await org.within((tx) => startPasses(tx, lead, [{ resource, scan: 'full', note: null }]))
  await org.within((tx) => cancelSync(tx, { org_id: key.org_id, sync_id: second!.id }))
  expect(await statuses()).toEqual(['queued', 'running'])
  await closeLost()
  expect(await statuses()).toEqual(['queued', 'cancelled'])
  expect(await claim('run/2')).toMatchObject({ lead: { id: lead.id } })
})

test.each([
  ['cancelled', (sync_id: string) => org.within((tx) => cancelSync(tx, { ...key, sync_id }))],
  ['paused with its connection', () => org.within((tx) => stopConnection(tx, key))],
])('a pass that is %s while it looks for what is gone ends as cancelled, and deletes nothing', async (_, stop) => {
  const { lead } = await askAndClaim()
  const [pass] = await org.within((tx) => startPasses(tx, lead, [{ resource, scan: 'full', note: null }]))
  await org.within((tx) =>
    tx.execute(sql`
      insert into entities (org_id, connection_id, resource, collection_key, external_id, raw_payload, hash, version, rank)
      values (${key.org_id}, ${key.connection_id}, 'thing', 'x_thing', 'unseen', '{}', '\\x00', 1000, 4)`),
  )
  await stop(lead.id)
  const end = { status: 'succeeded' as const, started_ms: 5000, revision: null }
  expect(await closePass(deps, pass!, end)).toMatchObject({ status: 'cancelled' })
  expect(await statuses()).toEqual(['cancelled'])
  const live = sql`select from entities where connection_id = ${key.connection_id} and deleted_at is null`
  expect(await org.within((tx) => tx.execute(live))).toHaveLength(1)
})
