import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { defineResource } from '@tributary/sdk'
import type { ConnectionKey } from '../db/connections.ts'
import { listQuietRuns } from '../db/dispatch.ts'
import { startPasses } from '../db/passes.ts'
import { claimSyncs } from '../db/sync-runs.ts'
import { cancelSync } from '../db/sync-cancel.ts'
import { requestSync } from '../db/syncs.ts'
import { createTestOrg, type TestOrg } from '../stack/test-org.ts'
import { closeLostRun } from './close-pass.ts'
import type { EngineDeps } from './deps.ts'

const resource = defineResource({ name: 'thing', collectionKey: 'x_thing', full: { by: 'pages' } })

let org: TestOrg
let deps: EngineDeps
let key: ConnectionKey
beforeAll(async () => {
  org = await createTestOrg()
  deps = { db: org.db } as EngineDeps
})
afterAll(() => org.close())
beforeEach(async () => {
  key = await org.connect()
})

const ask = () =>
  org.within((tx) => requestSync(tx, { ...key, mode: 'full', resources: null, requested_by: randomUUID() }))
const claim = (workflow_id: string) => org.within((tx) => claimSyncs(tx, key, workflow_id))
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
