import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import stripeSandbox, { type StripeSandbox } from '../../connectors/stripe/sandbox.ts'
import { saveConnectors } from '../../db/connectors.ts'
import { createTestDatabase, type TestDatabase } from '../../stack/test-database.ts'
import { toConnectorRow } from '../schemas/connector.ts'
import { createTestApi, type TestApi } from '../test-api.ts'

let database: TestDatabase
let sandbox: StripeSandbox
let api: TestApi
beforeAll(async () => {
  database = await createTestDatabase()
  sandbox = await stripeSandbox.start({
    counts: { customers: 1, invoices: 0, charges: 0, refunds: 0, subscriptions: 0 },
  })
  api = await createTestApi(database, inject('temporalAddress'))
})
afterAll(async () => {
  await sandbox.close()
  await api.close()
  await database.drop()
})

test('what can be connected to is listed, with what is not any more as disabled', async () => {
  const rows = api.deps.registry.all().map(toConnectorRow)
  await saveConnectors(api.db, [...rows, { ...rows[0]!, type: 'gopher', name: 'Gopher' }])
  await saveConnectors(api.db, rows)
  const { body } = await api.call('GET', '/v1/connectors')
  const statuses = Object.fromEntries(body.data.map((row: { type: string; status: string }) => [row.type, row.status]))
  expect(statuses).toMatchObject({ csv: 'active', stripe: 'active', gopher: 'disabled' })
})

test('a connector shows its manifest, the schema of its config, its resources and its events', async () => {
  const { status, body } = await api.call('GET', '/v1/connectors/stripe')
  expect(status).toBe(200)
  expect(body.data).toMatchObject({
    type: 'stripe',
    capabilities: ['read'],
    credential_schema: { secret_key: { type: 'password', required: true } },
    config_schema: { type: 'object', properties: expect.any(Object) },
    manifest: { type: 'stripe', credentialType: 'api_key' },
  })
  expect(body.data.resources).toContainEqual({
    name: 'invoice',
    collection_key: 'stripe_invoice',
    model: 'invoice',
    shape: 'table',
  })
  const event = body.data.events.find((entry: { event_type: string }) => entry.event_type === 'invoice.paid')
  expect(event).toMatchObject({ schema_reference: 'stripe/schemas/invoice-event.json', schema: { type: 'object' } })
})

test('a connector that is not enabled here is not found', async () => {
  for (const [method, url] of [
    ['GET', '/v1/connectors/gopher'],
    ['POST', '/v1/connectors/gopher/test'],
  ] as const) {
    const { status, body } = await api.call(method, url, method === 'POST' ? { body: {} } : {})
    expect([status, body.error.code]).toEqual([404, 'not_found'])
  }
})

test('credentials are tried without storing anything', async () => {
  const { config, credentials, account } = sandbox
  const good = await api.call('POST', '/v1/connectors/stripe/test', { body: { config, credentials } })
  expect([good.status, good.body.data]).toEqual([200, { account }])
  const bad = await api.call('POST', '/v1/connectors/stripe/test', {
    body: { config, credentials: { secret_key: 'sk_test_no' } },
  })
  expect([bad.status, bad.body.error.code]).toEqual([422, 'auth_failed'])
  expect((await api.call('GET', '/v1/connections')).body.data).toEqual([])
})

test('a file is tried before it is given', async () => {
  const url = '/v1/connectors/csv/test'
  const config = { key_column: 'id' }
  expect((await api.call('POST', url, { body: { config, content: 'id\n1\n' } })).status).toBe(200)
  const refused = await api.call('POST', url, { body: { config, content: 'name\nAda\n' } })
  expect([refused.status, refused.body.error.message]).toEqual([422, expect.stringContaining('id')])
})

test('a stand-in’s address is refused where the deployment does not allow it', async () => {
  const strict = await createTestApi(database, inject('temporalAddress'), { allowPrivateTargets: false })
  const { config, credentials } = sandbox
  const { status, body } = await strict.call('POST', '/v1/connectors/stripe/test', { body: { config, credentials } })
  expect([status, body.error.code]).toEqual([422, 'config_invalid'])
  await strict.close()
})
