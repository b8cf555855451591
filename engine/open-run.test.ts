import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { defineConnector, defineResource } from '@tributary/sdk'
import type { Entry, Registry } from '../connectors/registry.ts'
import type { ConnectionKey } from '../db/connections.ts'
import { cancelSync, stopConnection } from '../db/sync-cancel.ts'
import { requestSync } from '../db/syncs.ts'
import { createTestOrg, type TestOrg } from '../stack/test-org.ts'
import type { EngineDeps } from './deps.ts'
import { openRun } from './open-run.ts'
import { systemTime } from './time.ts'

const resource = defineResource({ name: 'thing', collectionKey: 'x_thing', full: { by: 'pages' } })

let org: TestOrg
let deps: EngineDeps
let key: ConnectionKey
/** What happens while the source is asked what it has. */
let meanwhile: () => Promise<unknown>

beforeAll(async () => {
  org = await createTestOrg({ max: 4 })
  const connector = defineConnector({
    config: z.object({}),
    open: () => ({
      testConnection: () => Promise.resolve({ id: 'acct_1', mode: 'test' }),
      discover: async () => {
        await meanwhile()
        return [resource]
      },
    }),
  })
  const entry = {
    manifest: { type: 'x', resources: [], rateLimits: [] },
    connector,
    configSchema: {},
  } as unknown as Entry
  const registry = { getConnector: () => entry } as unknown as Registry
  deps = { db: org.db, registry, time: systemTime } as EngineDeps
})
afterAll(() => org.close())
beforeEach(async () => {
  key = await org.connect()
  meanwhile = () => Promise.resolve()
})

const ask = async () =>
  (await org.within((tx) => requestSync(tx, { ...key, mode: 'full', resources: null, requested_by: randomUUID() })))!
const open = (workflow_id = 'run/1') => openRun(deps, { ...key, workflow_id }, new AbortController().signal)
const read = async (column: string, table: string) => {
  const rows = sql`select ${sql.identifier(column)} as value from ${sql.identifier(table)}
    where connection_id = ${key.connection_id} order by 1`
  return (await org.within((tx) => tx.execute(rows))).map(({ value }) => value)
}

test('a run takes what was asked for, and starts a pass over each resource; asked again, it answers the same', async () => {
  const { id } = await ask()
  const run = await open()
  expect(run).toMatchObject({ sync_id: id, passes: [{ resource: 'thing', scan: 'full', generation: 1 }] })
  expect(await open()).toEqual(run)
})

test('a sync that is cancelled while its run plans ends at once, and no pass begins', async () => {
  const { id } = await ask()
  meanwhile = () => org.within((tx) => cancelSync(tx, { org_id: key.org_id, sync_id: id }))
  expect(await open()).toMatchObject({ passes: [] })
  expect(await read('status', 'syncs')).toEqual(['cancelled'])
})

test('of two syncs that share a run, the one that is cancelled while it plans ends, and the other waits for the next', async () => {
  const [, second] = [await ask(), await ask()]
  meanwhile = () => org.within((tx) => cancelSync(tx, { org_id: key.org_id, sync_id: second.id }))
  expect(await open()).toMatchObject({ passes: [], queued: true })
  expect(await read('status', 'syncs')).toEqual(['cancelled', 'queued'])
})

test('a connection that is paused while its run plans is left alone', async () => {
  await ask()
  meanwhile = () => org.within((tx) => stopConnection(tx, key))
  expect(await open()).toMatchObject({ passes: [] })
  expect(await read('status', 'syncs')).toEqual(['cancelled'])
})

test('an answer that is asked for again, after the run was cancelled, does not start it once more', async () => {
  const { id } = await ask()
  await open()
  await org.within((tx) => cancelSync(tx, { org_id: key.org_id, sync_id: id }))
  expect(await open()).toMatchObject({ passes: [] })
})
