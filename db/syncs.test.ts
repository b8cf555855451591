import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestOrg, type TestOrg } from '../stack/test-org.ts'
import { deleteConnection, updateConnection, type ConnectionKey } from './connections.ts'
import { requestSync } from './syncs.ts'
import type { Tx } from './tenancy.ts'

let org: TestOrg
beforeAll(async () => {
  org = await createTestOrg()
})
afterAll(() => org.close())

type Stop = (tx: Tx, key: ConnectionKey) => Promise<unknown>

test.each<[string, Stop]>([
  ['deleted', deleteConnection],
  ['paused', (tx, key) => updateConnection(tx, key, { status: 'inactive' })],
])('nothing is queued for a connection that was %s since it was looked up', async (_, stop) => {
  const key = await org.connect()
  const ask = (tx: Tx) => requestSync(tx, { ...key, mode: 'incremental', resources: null, requested_by: 'test' })
  expect(await org.within(ask)).toMatchObject({ status: 'queued' })
  await org.within((tx) => stop(tx, key))
  expect(await org.within(ask)).toBeUndefined()
  const queued = sql`select from syncs where connection_id = ${key.connection_id}`
  expect(await org.within((tx) => tx.execute(queued))).toHaveLength(1)
})
