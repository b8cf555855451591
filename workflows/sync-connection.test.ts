import postgres from 'postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import stripe, { type StripeSandbox } from '../connectors/stripe/sandbox.ts'
import { startTestDeployment, type SyncBody, type TestDeployment } from '../stack/test-deployment.ts'
import { expectTruth, readAll } from '../stack/truth.ts'

let deployment: TestDeployment
let sandbox: StripeSandbox
let admin: postgres.Sql
let connection_id: string

beforeAll(async () => {
  deployment = await startTestDeployment()
  sandbox = await stripe.start({ counts: { customers: 3000, charges: 3000, invoices: 300, subscriptions: 200 } })
  admin = postgres(deployment.database.adminUrl, { max: 1 })
  const { config, credentials } = sandbox
  connection_id = await deployment.connect({ connector: 'stripe', name: 'Shop', app_key: 'shop', config, credentials })
})
afterAll(async () => {
  await admin.end()
  await deployment.close()
  await sandbox.close()
})

const total = (sync: SyncBody, counter: string): number =>
  sync.resources.reduce((sum: number, report: SyncBody) => sum + report[counter], 0)

test('a sync brings every object of the account, as entity and as record, and nothing else', async () => {
  const sync = await deployment.sync(connection_id)
  expect(sync).toMatchObject({ status: 'succeeded', error_code: null })
  expect(total(sync, 'created')).toBe(total(sync, 'fetched'))
  expect(sync.resources.every((report: SyncBody) => /it has not been read before/.test(report.note))).toBe(true)
  await expectTruth(deployment, connection_id, sandbox)
  const { body } = await deployment.api.call('GET', `/v1/connections/${connection_id}`)
  expect(body.data).toMatchObject({ status: 'active', sync_status: 'success', error_message: null })
  expect(body.data.last_sync_at).not.toBeNull()
})

test('a second sync finds all unchanged, rewrites no row and writes less than 10 bytes of WAL an object', async () => {
  await deployment.untilQuiet(connection_id)
  await admin`checkpoint`
  await deployment.sync(connection_id, { mode: 'full' })
  await deployment.untilQuiet(connection_id)
  const before = { rows: await rowVersions(), wal: await walOfApp() }
  const sync = await deployment.sync(connection_id, { mode: 'full' })
  const objects = total(sync, 'fetched')
  expect(total(sync, 'unchanged')).toBe(objects)
  expect(await rowVersions()).toEqual(before.rows)
  const bytes = ((await walOfApp()) - before.wal) / objects
  expect(bytes).toBeGreaterThan(0)
  expect(bytes).toBeLessThan(10)
})

test('what changed at the source is what changes here, and no other row is written', async () => {
  await deployment.untilQuiet(connection_id)
  const [first, second] = sandbox.truth('customer') as { id: string }[]
  sandbox.mutate.update('customer', first!.id, { name: 'Renamed Person' })
  const before = await rowVersions()
  const sync = await deployment.sync(connection_id, { resources: ['customer'] })
  expect(sync.resources).toHaveLength(1)
  expect(sync.resources[0]).toMatchObject({ resource: 'customer', updated: 1, created: 0, stale: 0 })
  const after = await rowVersions()
  expect([...after].filter(([id, xmin]) => before.get(id) !== xmin).map(([id]) => id)).toEqual([
    `customers/${first!.id}`,
    `entities/${first!.id}`,
  ])
  const rows = await readAll(deployment, `/v1/customers?source_id=${first!.id}`)
  expect(rows.map((row) => row.name)).toEqual(['Renamed Person'])
  expect(second!.id).not.toBe(first!.id)
})

/** Which transaction wrote each row last. */
async function rowVersions(): Promise<Map<string, string>> {
  const rows = await admin<{ id: string; xmin: string }[]>`
    select 'customers/' || source_id as id, xmin::text from customers union all
    select 'invoices/' || source_id, xmin::text from invoices union all
    select 'payments/' || source_id, xmin::text from payments union all
    select 'entities/' || external_id, xmin::text from entities order by 1`
  return new Map(rows.map(({ id, xmin }) => [id, xmin]))
}

/** Of the backends that serve API and workers, not of the whole server, which other tests use too. */
async function walOfApp(): Promise<number> {
  const [row] = await admin<{ bytes: number }[]>`
    select sum((pg_stat_get_backend_wal(pid)).wal_bytes)::float8 as bytes from pg_stat_activity
    where datname = current_database() and usename = 'tributary_app'`
  return row!.bytes
}
