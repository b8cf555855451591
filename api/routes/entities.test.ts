import { randomUUID } from 'node:crypto'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../stack/test-database.ts'
import { createTestApi, type TestApi } from '../test-api.ts'

const BIG = '{"id":"x","n":9007199254740993}'

let database: TestDatabase
let api: TestApi
let sql: postgres.Sql
const connection_id = randomUUID()
beforeAll(async () => {
  database = await createTestDatabase()
  api = await createTestApi(database, inject('temporalAddress'))
  sql = postgres(database.adminUrl, { max: 1 })
  const common = {
    org_id: api.org.org_id,
    connection_id,
    collection_key: 'stripe_thing',
    hash: Buffer.alloc(1),
    version: 1,
  }
  for (const [index, external_id] of ['a', 'b', 'c', 'd', 'e'].entries()) {
    const entity = { ...common, external_id, resource: index < 3 ? 'customer' : 'charge', rank: 1 }
    const deleted = external_id === 'b' ? { deleted_at: new Date(0), deletion_confidence: 'read' } : {}
    await sql`insert into entities ${sql({ ...entity, ...deleted, raw_payload: '{}' })}`
    const reason = {
      id: randomUUID(),
      reason_code: index < 2 ? 'invalid_payload' : 'too_large',
      reason: 'it is broken',
    }
    await sql`insert into quarantine ${sql({ ...common, ...reason, external_id, resource: 'customer', raw_payload: '{}' })}`
  }
  for (const table of ['entities', 'quarantine']) await sql`update ${sql(table)} set raw_payload = ${BIG}::text::json`
})
afterAll(async () => {
  await sql.end()
  await api.close()
  await database.drop()
})

type Row = Record<string, unknown>

async function readAll(url: string): Promise<Row[]> {
  const rows: Row[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const { body } = await api.call('GET', `${url}${cursor && `&cursor=${cursor}`}`)
    rows.push(...body.data)
    cursor = body.page.next_cursor
  }
  return rows
}
const idsOf = async (url: string) => (await readAll(url)).map((row) => String(row.external_id))

test('entities come in the order in which they were first seen, with their exact payload', async () => {
  expect(await idsOf('/v1/entities?limit=2')).toEqual(['a', 'b', 'c', 'd', 'e'])
  const { text, body } = await api.call('GET', '/v1/entities?limit=1')
  expect(text).toContain(`"raw_payload":${BIG}`)
  expect(Object.keys(body.data[0]).toSorted()).toEqual([
    'archived_at',
    'collection_key',
    'connection_id',
    'created_at',
    'deleted_at',
    'deletion_confidence',
    'external_id',
    'raw_payload',
    'resource',
    'sanitized',
    'seq',
    'synced_at',
  ])
})

test('entities are filtered by connection, resource, id and whether they are deleted', async () => {
  expect(await idsOf('/v1/entities?resource=charge&limit=1')).toEqual(['d', 'e'])
  expect(await idsOf('/v1/entities?external_id=c')).toEqual(['c'])
  expect(await idsOf('/v1/entities?deleted=true')).toEqual(['b'])
  expect(await idsOf('/v1/entities?deleted=false')).toEqual(['a', 'c', 'd', 'e'])
  expect(await idsOf(`/v1/entities?connection_id=${randomUUID()}`)).toEqual([])
  expect(await idsOf(`/v1/entities?connection_id=${connection_id}&limit=5`)).toHaveLength(5)
})

test('the quarantine tells why, and keeps the exact payload', async () => {
  const rows = await readAll('/v1/quarantine?limit=2')
  expect(rows.map((row) => String(row.external_id)).toSorted()).toEqual(['a', 'b', 'c', 'd', 'e'])
  expect(rows[0]).toMatchObject({ reason: 'it is broken', attempts: 1, sync_id: null })
  expect((await api.call('GET', '/v1/quarantine')).text).toContain(`"raw_payload":${BIG}`)
  expect((await idsOf('/v1/quarantine?reason_code=invalid_payload&limit=50')).toSorted()).toEqual(['a', 'b'])
})

test('a cursor of one list is none of another', async () => {
  const { body } = await api.call('GET', '/v1/entities?limit=1')
  const answer = await api.call('GET', `/v1/quarantine?cursor=${body.page.next_cursor}`)
  expect([answer.status, answer.body.error.code]).toEqual([400, 'invalid_cursor'])
})
