import { createHash, randomUUID } from 'node:crypto'
import fastify from 'fastify'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { makeApiKey } from '../db/api-keys.ts'
import { createOrg } from '../db/orgs.ts'
import { createTestDatabase, type TestDatabase } from '../stack/test-database.ts'
import { requireKeys } from './auth.ts'
import type { App } from './deps.ts'
import { addRoute } from './route.ts'
import { createTestApi, type TestApi } from './test-api.ts'

let database: TestDatabase
let api: TestApi
let sql: postgres.Sql
beforeAll(async () => {
  database = await createTestDatabase()
  api = await createTestApi(database, inject('temporalAddress'))
  sql = postgres(database.adminUrl, { max: 1 })
})
afterAll(async () => {
  await sql.end()
  await api.close()
  await database.drop()
})

async function addKey(role: string, changes: { revoked_at?: Date; expires_at?: Date } = {}): Promise<string> {
  const { key, prefix, hash } = makeApiKey()
  const row = { org_id: api.org.org_id, id: randomUUID(), name: 'test', role, prefix, ...changes }
  await sql`insert into api_keys ${sql(row)}`
  await sql`insert into api_key_hashes ${sql({ hash, org_id: row.org_id, api_key_id: row.id })}`
  return key
}

test('a request without a key, or with something that is none, is unauthorized', async () => {
  const without = await api.app.inject({ url: '/v1/connectors' })
  expect(without.statusCode).toBe(401)
  expect(without.headers['www-authenticate']).toBe('Bearer')
  for (const key of ['', 'trb_123', `trb_${'0'.repeat(72)}`, makeApiKey().key]) {
    const { status, body } = await api.call('GET', '/v1/connectors', { key })
    expect([status, body.error.code]).toEqual([401, 'unauthorized'])
  }
})

test('a key of the org is answered, a revoked or an expired one is not', async () => {
  expect((await api.call('GET', '/v1/connectors')).status).toBe(200)
  expect((await api.call('GET', '/v1/connectors', { key: await addKey('editor') })).status).toBe(200)
  expect(
    (await api.call('GET', '/v1/connectors', { key: await addKey('owner', { revoked_at: new Date() }) })).status,
  ).toBe(401)
  expect(
    (await api.call('GET', '/v1/connectors', { key: await addKey('owner', { expires_at: new Date(0) }) })).status,
  ).toBe(401)
})

test('a viewer reads and may change nothing', async () => {
  const key = await addKey('viewer')
  expect((await api.call('GET', '/v1/customers', { key })).status).toBe(200)
  const routes = [
    ['POST', '/v1/connections'],
    ['PATCH', '/v1/connections/acme'],
    ['DELETE', '/v1/connections/acme'],
    ['PUT', '/v1/connections/acme/credentials'],
    ['PUT', '/v1/connections/acme/content'],
    ['POST', '/v1/connections/acme/pause'],
    ['POST', '/v1/connections/acme/resume'],
    ['POST', '/v1/connections/acme/syncs'],
    ['POST', `/v1/syncs/${randomUUID()}/cancel`],
    ['POST', '/v1/connectors/csv/test'],
  ] as const
  for (const [method, url] of routes) {
    const { status, body } = await api.call(method, url, { key })
    expect([url, status, body.error.code]).toEqual([url, 403, 'role_insufficient'])
  }
})

test('what an operator needs asks for no key', async () => {
  for (const url of ['/health', '/ready', '/metrics', '/openapi.json', '/docs'])
    expect([url, (await api.app.inject({ url })).statusCode]).toEqual([url, 200])
})

test('the database keeps the hash of a key and a prefix, never the key', async () => {
  const { org_id, api_key } = await createOrg(database.adminUrl, { name: 'Umbrella' })
  const [row] = await sql`select * from api_keys where org_id = ${org_id}`
  expect(row).toMatchObject({ role: 'owner', prefix: api_key.slice(0, 12) })
  const [stored] = await sql`select hash from api_key_hashes where org_id = ${org_id}`
  expect(stored!.hash).toEqual(createHash('sha256').update(api_key).digest())
  expect(Buffer.from(api_key.slice(4, 68), 'hex')).toHaveLength(32)
})

test('a route that does not say which access it needs does not compile, and is refused where it runs', () => {
  const app = fastify() as unknown as App
  requireKeys(app, api.deps)
  const schema = { summary: 'Open', tags: ['test'] as [string] }
  // @ts-expect-error -- `access` is missing
  expect(() => addRoute(app, { method: 'GET', url: '/open', schema, handler: () => 'open' })).toThrow('which access')
})
