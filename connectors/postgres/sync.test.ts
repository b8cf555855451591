import { randomBytes } from 'node:crypto'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { databaseUrl } from '../../stack/test-database.ts'
import { startTestDeployment, type SyncBody, type TestDeployment } from '../../stack/test-deployment.ts'
import { readAll } from '../../stack/truth.ts'
import { canonical } from '../contract-bench.ts'
import sandboxes, { type PostgresSandbox } from './sandbox.ts'

let deployment: TestDeployment
let sandbox: PostgresSandbox
let stored: postgres.Sql
let connection_id: string
beforeAll(async () => {
  deployment = await startTestDeployment()
  const postgresUrl = databaseUrl(inject('postgresUrl'), `source_${randomBytes(8).toString('hex')}`)
  sandbox = await sandboxes.start({ postgresUrl, counts: { customers: 60, orders: 300, readings: 30, items: 30 } })
  stored = postgres(deployment.database.adminUrl, { max: 1 })
  const { config, credentials } = sandbox
  connection_id = await deployment.connect({
    connector: 'postgres',
    name: 'Shop',
    app_key: 'shop',
    config,
    credentials,
  })
})
afterAll(async () => {
  await stored.end()
  await deployment.close()
  await sandbox.close()
})

const texts = async (resource: string) =>
  (await stored`select raw_payload::text as raw from entities where resource = ${resource} order by external_id`).map(
    ({ raw }) => String(raw),
  )

test('a sync brings every row of every table, as it is', async () => {
  const sync = await deployment.sync(connection_id)
  expect(sync).toMatchObject({ status: 'succeeded', error_code: null })
  expect(sync.resources.map(({ resource }: SyncBody) => resource).toSorted()).toEqual([...sandbox.resources].toSorted())
  for (const resource of sandbox.resources) {
    const truth = (await sandbox.truth(resource)).map(canonical)
    expect((await texts(resource)).map((raw) => canonical(JSON.parse(raw))).toSorted(), resource).toEqual(
      truth.toSorted(),
    )
  }
})

test('what is stored has every digit and every space of the source', async () => {
  const [first] = await texts('public.kinds')
  expect(first).toContain('"big":"9223372036854775807","exact":"12345678901234567890123.4567890"')
  expect(first).toContain('"at":"2024-02-29T18:29:59.123456+00:00"')
  expect(first).toContain('"bigs":["9007199254740993",null]')
  expect(first).toContain(`"doc":{ "a" : 1.50, "a": 9007199254740993, "z": "\\u0000" },`)
})

test('a mapped table is in its model, with ids beyond 2^53 and the rest in custom fields', async () => {
  const customers = await readAll(deployment, `/v1/customers?connection_id=${connection_id}`)
  const truth = (await sandbox.truth('public.customers')) as Record<string, unknown>[]
  expect(customers).toHaveLength(60)
  const [row] = truth
  expect(customers.find(({ source_id }) => source_id === row!.id)).toMatchObject({
    source_system: 'postgres',
    ...{ name: row!.name, email: row!.email, phone: row!.phone, company: row!.company, tags: row!.tags },
    billing_address: { street: row!.street, city: row!.city, postal_code: row!.postal_code, country: row!.country },
    custom_fields: { id: row!.id, balance: row!.balance },
  })
})

test('what is changed and made afterwards is read by its cursor column, and no table with one is read again', async () => {
  await deployment.untilQuiet(connection_id)
  await sandbox.mutate.update('public.orders', '["9007199254740993","0"]', { total: '12345678901.10' })
  await sandbox.mutate.create('public.customers', { name: 'Jane Doe' })
  const reports = reportsOf(await deployment.sync(connection_id))
  expect(reports.get('public.orders')).toMatchObject({ created: 0, updated: 1, unchanged: 0, fetched: 1 })
  expect(reports.get('public.customers')).toMatchObject({ created: 1, updated: 0, unchanged: 0, fetched: 1 })
  expect(reports.get('public.kinds')).toMatchObject({ created: 0, updated: 0, unchanged: 5 })
  expect((await texts('public.orders')).filter((raw) => raw.includes('"total":"12345678901.10"'))).toHaveLength(1)
})

test('what is as new as transactions may still be open is read again, so that a row with an older time is not lost', async () => {
  await sandbox.mutate.update('public.orders', '["9007199254740993","20"]', {
    total: '7.70',
    updated_at: secondsAgo(30),
  })
  const reports = reportsOf(await deployment.sync(connection_id))
  expect(reports.get('public.orders')).toMatchObject({ updated: 1, unchanged: 1 })
})

test('what is deleted is found by a full sync', async () => {
  await deployment.untilQuiet(connection_id)
  await sandbox.mutate.remove('public.orders', '["9007199254740993","0"]')
  const reports = reportsOf(await deployment.sync(connection_id, { mode: 'full' }))
  expect(reports.get('public.orders')).toMatchObject({ created: 0, updated: 0, deleted: 1, unchanged: 299 })
})

const reportsOf = (sync: SyncBody) =>
  new Map<string, SyncBody>(sync.resources.map((report: SyncBody) => [report.resource, report]))
const secondsAgo = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString()

test('a live read gives rows up to the limit that was asked for', async () => {
  const url = `/v1/connections/${connection_id}/data/public.orders?limit=3`
  const { status, body, text } = await deployment.api.call('GET', url)
  expect([status, body.data.rows.length, body.data.more]).toEqual([200, 3, true])
  expect(text).toContain('"customer_id":"9007199254740993"')
})

test('another database is another account, whose rows are not mixed in', async () => {
  const postgresUrl = databaseUrl(inject('postgresUrl'), `source_${randomBytes(8).toString('hex')}`)
  const other = await sandboxes.start({ postgresUrl, counts: { customers: 1, orders: 1, readings: 1, items: 1 } })
  const { status, body } = await deployment.api.call('PATCH', `/v1/connections/${connection_id}`, {
    body: { config: other.config },
  })
  await other.close()
  expect([status, body.error.code]).toEqual([409, 'account_mismatch'])
})
