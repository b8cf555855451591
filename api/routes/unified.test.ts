import { randomUUID } from 'node:crypto'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { models } from '@tributary/sdk/models'
import { createOrg } from '../../db/orgs.ts'
import { createTestDatabase, type TestDatabase } from '../../stack/test-database.ts'
import { unifiedOutput } from '../schemas/unified.ts'
import { createTestApi, type TestApi } from '../test-api.ts'

// Numbers that a double cannot hold, an escape that Postgres' text cannot, and white space as the source sent it.
const RAW = '{"id": "cus_1",  "balance": 9007199254740993, "rate": 1.50, "note": "\\u0000", "__proto__": {"a": 1}}'

let database: TestDatabase
let api: TestApi
let sql: postgres.Sql
beforeAll(async () => {
  database = await createTestDatabase()
  api = await createTestApi(database, inject('temporalAddress'))
  // Times go in as text: a Date has no microseconds.
  const asText = { to: 1184, from: [1184], serialize: String, parse: String }
  sql = postgres(database.adminUrl, { max: 1, types: { date: asText } })
})
afterAll(async () => {
  await sql.end()
  await api.close()
  await database.drop()
})

type Row = Record<string, string | number | boolean | null>

async function insert(table: string, fields: Row = {}, org_id = api.org.org_id): Promise<Row> {
  const source_id = String(fields.source_id ?? randomUUID())
  const common = { unified_id: randomUUID(), connection_id: randomUUID(), resource: 'customer', external_id: source_id }
  const source = { source_system: 'stripe', source_id, schema_version: '1.0.0', custom_fields: '{}' }
  const row = { org_id, ...common, ...source, ...fields }
  await sql`insert into ${sql(table)} ${sql(row)}`
  return row
}

async function insertEntity(record: Row, raw: string): Promise<void> {
  const { org_id, connection_id, resource, external_id } = record as Record<string, string>
  const entity = { org_id, connection_id, resource, external_id, collection_key: 'stripe_customer' }
  await sql`insert into entities ${sql({ ...entity, hash: Buffer.alloc(1), version: 1, rank: 1, raw_payload: 'null' })}`
  await sql`update entities set raw_payload = ${raw}::text::json where external_id = ${external_id!}`
}

const list = async (url: string): Promise<Row[]> => (await api.call('GET', url)).body.data
const idsOf = async (url: string) => (await list(url)).map((row) => String(row.source_id)).toSorted()

test('pages hold every record once, in the order of their ids', async () => {
  const inserted: string[] = []
  for (let n = 0; n < 7; n++) inserted.push(String((await insert('products', { sku: 'paged' })).unified_id))
  const seen: unknown[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const url: string = `/v1/products?limit=3&sku=paged${cursor && `&cursor=${cursor}`}`
    const { body } = await api.call('GET', url)
    expect(body.data.length).toBeLessThanOrEqual(3)
    seen.push(...body.data.map((row: Row) => row.unified_id))
    cursor = body.page.next_cursor
  }
  expect(seen).toEqual(inserted.toSorted())
})

test('money is a string, times are RFC 3339, and what is null stays null', async () => {
  await insert('payments', {
    source_id: 'ch_1',
    amount: '1234567890123456.789',
    currency: 'KWD',
    paid_at: '2026-03-04T05:06:07.123456Z',
  })
  expect(await list('/v1/payments?source_id=ch_1')).toMatchObject([
    { amount: '1234567890123456.789', paid_at: '2026-03-04T05:06:07.123456Z', method: null, custom_fields: {} },
  ])
})

test('filters are those that the model declares, and where a record came from', async () => {
  const ada = await insert('customers', { source_id: 'f1', email: 'ada@example.com' })
  await insert('customers', { source_id: 'f2', email: 'grace@example.com' })
  expect(await idsOf('/v1/customers?email=ada@example.com')).toEqual(['f1'])
  expect(await idsOf(`/v1/customers?connection_id=${ada.connection_id}`)).toEqual(['f1'])
  expect(await idsOf('/v1/customers?source_id=f2')).toEqual(['f2'])
  expect((await api.call('GET', '/v1/customers?name=Ada')).status).toBe(400)
  await insert('products', { source_id: 'on', active: true, sku: 'flags' })
  await insert('products', { source_id: 'off', active: false, sku: 'flags' })
  expect(await idsOf('/v1/products?sku=flags&active=false')).toEqual(['off'])
  expect((await api.call('GET', '/v1/products?active=maybe')).status).toBe(400)
})

test('synced_after gives what was written since', async () => {
  await insert('customers', { source_id: 'old', company: 'since', synced_at: '2026-01-01T00:00:00Z' })
  await insert('customers', { source_id: 'new', company: 'since', synced_at: '2026-06-01T00:00:00.000001Z' })
  const ids = await idsOf('/v1/customers?synced_after=2026-06-01T00:00:00Z')
  expect([ids.includes('new'), ids.includes('old')]).toEqual([true, false])
  expect(await idsOf('/v1/customers?synced_after=2026-06-01T00:00:00.000001Z&source_id=new')).toEqual([])
})

test('deleted records are left out of a list unless asked for, and found by id', async () => {
  const { unified_id } = await insert('customers', { source_id: 'gone', deleted_at: '2026-01-01T00:00:00Z' })
  expect(await list('/v1/customers?source_id=gone')).toEqual([])
  expect(await list('/v1/customers?source_id=gone&include_deleted=true')).toMatchObject([{ unified_id }])
  const { body } = await api.call('GET', `/v1/customers/${unified_id}`)
  expect(body.data.deleted_at).toBe('2026-01-01T00:00:00Z')
})

test('an invoice is overdue from its due date on, when read and when filtered by', async () => {
  const past = '2020-01-01T00:00:00Z'
  const future = '2999-01-01T00:00:00Z'
  const number = { invoice_number: 'due' }
  await insert('invoices', { ...number, source_id: 'late', status: 'pending', due_date: past })
  await insert('invoices', { ...number, source_id: 'early', status: 'pending', due_date: future })
  await insert('invoices', { ...number, source_id: 'undated', status: 'pending' })
  await insert('invoices', { ...number, source_id: 'paid', status: 'paid', due_date: past })
  await insert('invoices', { ...number, source_id: 'blank' })
  const all = await list('/v1/invoices?invoice_number=due')
  expect(Object.fromEntries(all.map((row) => [row.source_id, row.status]))).toEqual({
    late: 'overdue',
    early: 'pending',
    undated: 'pending',
    paid: 'paid',
    blank: null,
  })
  expect(await idsOf('/v1/invoices?invoice_number=due&status=overdue')).toEqual(['late'])
  expect(await idsOf('/v1/invoices?invoice_number=due&status=pending&include=raw')).toEqual(['early', 'undated'])
  expect((await api.call('GET', '/v1/invoices?status=lost')).status).toBe(400)
})

test('include=raw gives the source’s object byte for byte', async () => {
  const record = await insert('customers', { source_id: 'cus_1' })
  await insertEntity(record, RAW)
  for (const url of [`/v1/customers/${record.unified_id}?include=raw`, '/v1/customers?source_id=cus_1&include=raw']) {
    const { text, headers } = await api.call('GET', url)
    expect(headers['content-type']).toBe('application/json; charset=utf-8')
    expect(text).toContain(`"raw":${RAW}`)
  }
  expect((await api.call('GET', '/v1/customers?source_id=cus_1')).text).not.toContain('"raw"')
  await insert('customers', { source_id: 'rawless' })
  expect(await list('/v1/customers?source_id=rawless&include=raw')).toMatchObject([{ raw: null }])
})

test('an id that is unknown, none at all or of another org is not found', async () => {
  const other = await createOrg(database.adminUrl, { name: 'Other' })
  const foreign = await insert('customers', { source_id: 'foreign' }, other.org_id)
  for (const id of [randomUUID(), 'nonsense', foreign.unified_id]) {
    const { status, body } = await api.call('GET', `/v1/customers/${id}`)
    expect([status, body.error.code]).toEqual([404, 'not_found'])
  }
})

test('two orgs with the same external ids see their own rows only', async () => {
  const other = await createOrg(database.adminUrl, { name: 'Twin' })
  await insert('customers', { source_id: 'twin', email: 'ours@example.com' })
  const theirs = await insert('customers', { source_id: 'twin', email: 'theirs@example.com' }, other.org_id)
  await insertEntity(theirs, '{"theirs":true}')
  const emails = async (key: string) =>
    (await api.call('GET', '/v1/customers?source_id=twin&include=raw', { key })).body.data.map((row: Row) => row.email)
  expect(await emails(api.org.api_key)).toEqual(['ours@example.com'])
  expect(await emails(other.api_key)).toEqual(['theirs@example.com'])
  const entities = await api.call('GET', '/v1/entities?external_id=twin')
  expect(entities.body.data).toEqual([])
})

test.each(Object.values(models))('$table: what is answered is what the document says', async (model) => {
  await insert(model.table, { source_id: 'documented' })
  const [row] = await list(`/v1/${model.table}?source_id=documented`)
  const shape = unifiedOutput(model).strict()
  expect(shape.parse(row)).toEqual(row)
  expect(Object.keys(row!).toSorted()).toEqual(
    Object.keys(shape.shape)
      .filter((name) => name !== 'raw')
      .toSorted(),
  )
})
