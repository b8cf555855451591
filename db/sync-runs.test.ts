import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createTestOrg, type TestOrg } from '../stack/test-org.ts'
import { updateConnection, type ConnectionKey } from './connections.ts'
import { syncs } from './schema/index.ts'
import { claimSyncs } from './sync-runs.ts'
import type { SyncRow } from './syncs.ts'

let org: TestOrg
let key: ConnectionKey
beforeAll(async () => {
  org = await createTestOrg()
})
afterAll(() => org.close())
beforeEach(async () => {
  key = await org.connect()
  await org.within((tx) => updateConnection(tx, key, { schedule_seconds: 900 }))
})

/** A sync that a run has served some minutes ago. */
async function served(minutesAgo: number, row: Partial<SyncRow> = {}): Promise<void> {
  const asked = { mode: 'incremental', trigger: 'api', status: 'succeeded', requested_by: 'test' } as const
  const at = sql<string>`now() - make_interval(mins => ${minutesAgo})`
  await org.within((tx) =>
    tx.insert(syncs).values({ ...key, id: randomUUID(), ...asked, requested_at: at, started_at: at, ...row }),
  )
}

const tick = () => org.within((tx) => claimSyncs(tx, key, `tick/${randomUUID()}`))

test('a wake soon after a run over the whole connection is not taken for a tick of its schedule', async () => {
  await served(20)
  await served(5)
  expect(await tick()).toBeUndefined()
})

test.each([
  ['one resource that was asked for again and again', { requested_resources: ['charge'] }],
  ['what catches up with a full pass', { trigger: 'pass' as const, requested_resources: ['customer'] }],
  ['records that were made anew', { mode: 'rederive' as const }],
])('%s does not keep a tick of the schedule from the other resources', async (_, row) => {
  await served(20)
  await served(1, row)
  expect(await tick()).toMatchObject({ lead: { trigger: 'schedule', mode: 'incremental' }, resources: null })
})
