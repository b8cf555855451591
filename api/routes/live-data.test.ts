import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import hubspotSandbox from '../../connectors/hubspot/sandbox.ts'
import stripeSandbox, { type StripeSandbox } from '../../connectors/stripe/sandbox.ts'
import { createTestDatabase, type TestDatabase } from '../../stack/test-database.ts'
import { createTestApi, type TestApi } from '../test-api.ts'

let database: TestDatabase
let sandbox: StripeSandbox
let api: TestApi
beforeAll(async () => {
  database = await createTestDatabase()
  sandbox = await stripeSandbox.start({
    counts: { customers: 30, charges: 10, invoices: 40, subscriptions: 5, refunds: 0 },
  })
  api = await createTestApi(database, inject('temporalAddress'))
})
afterAll(async () => {
  await sandbox.close()
  await api.close()
  await database.drop()
})

async function connect(body: object): Promise<string> {
  const answer = await api.call('POST', '/v1/connections', {
    body: { name: 'Live', app_key: `live-${randomUUID().slice(0, 8)}`, ...body },
  })
  expect(answer.status).toBe(201)
  return answer.body.data.id
}
const connectStripe = () => connect({ connector: 'stripe', config: sandbox.config, credentials: sandbox.credentials })
const read = (id: string, resource: string, query = '') =>
  api.call('GET', `/v1/connections/${id}/data/${resource}${query}`)
const requests = () => sandbox.requests.count()

test('a resource is read as a table, with the types of its columns', async () => {
  const { status, body } = await read(await connectStripe(), 'customer', '?limit=3')
  expect(status).toBe(200)
  const { columns, rows, more, resource } = body.data
  expect([resource, more, rows.length]).toEqual(['customer', true, 3])
  const types = Object.fromEntries(columns.map((column: { name: string; type: string }) => [column.name, column.type]))
  expect(types).toMatchObject({ id: 'text', created: 'integer', livemode: 'boolean', metadata: 'json' })
  const truth = sandbox.truth('customer') as { id: string }[]
  for (const row of rows) expect(truth).toContainEqual(row)
})

test('a file is read as a table, with what its values are', async () => {
  const content = 'id,name,since,paid\n001,Ada,2026-01-02,12.50\n002,Grace,2026-02-03,7\n'
  const id = await connect({ connector: 'csv', config: { key_column: 'id' }, content })
  const { body } = await read(id, 'row')
  expect(body.data.columns).toEqual([
    { name: 'id', type: 'text' },
    { name: 'name', type: 'text' },
    { name: 'since', type: 'date' },
    { name: 'paid', type: 'text' },
  ])
  expect(body.data.rows[0]).toEqual({ id: '001', name: 'Ada', since: '2026-01-02', paid: '12.50' })
  expect(body.data.more).toBe(false)
})

test('contacts and deals of a CRM are read as tables', async () => {
  const crm = await hubspotSandbox.start({ counts: { contacts: 8, companies: 2, deals: 8 } })
  onTestFinished(() => crm.close())
  const id = await connect({ connector: 'hubspot', config: crm.config, credentials: crm.credentials })
  for (const resource of ['contact', 'deal']) {
    const { body } = await read(id, resource, '?limit=5')
    expect(body.data.rows).toHaveLength(5)
    expect(body.data.columns).toContainEqual({ name: 'properties', type: 'json' })
  }
})

test.each(['charge', 'subscription'])('a %s is read as an event of a list', async (resource) => {
  const { body } = await read(await connectStripe(), resource, '?limit=2')
  expect(Object.keys(body.data).toSorted()).toEqual(['events', 'fetched_at', 'more', 'resource'])
  expect(body.data.events).toHaveLength(2)
})

test('what a list shows in part is read whole', async () => {
  const { body } = await read(await connectStripe(), 'invoice', '?limit=40')
  const long = body.data.rows.find((row: { lines: { data: object[] } }) => row.lines.data.length > 10)
  expect(long).toEqual(sandbox.truth('invoice').find((truth) => (truth as { id: string }).id === long.id))
})

test('the same is asked for once, by many at a time and for as long as the resource says', async () => {
  const id = await connectStripe()
  const before = requests()
  const answers = await Promise.all(Array.from({ length: 100 }, () => read(id, 'customer', '?limit=5')))
  expect(requests() - before).toBe(1)
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
  await read(id, 'customer', '?limit=5')
  expect(requests() - before).toBe(1)
  await read(id, 'customer', '?limit=6')
  expect(requests() - before).toBe(2)
  // New credentials may see something else.
  await api.call('PUT', `/v1/connections/${id}/credentials`, { body: { credentials: sandbox.credentials } })
  const tested = requests()
  await read(id, 'customer', '?limit=5')
  expect(requests() - tested).toBe(1)
})

test('a refusal is not kept: the next one asks again', async () => {
  const id = await connectStripe()
  const stop = sandbox.onRequest(() => ({
    status: 403,
    body: '{"error":{"type":"invalid_request_error","message":"no"}}',
  }))
  const refused = await read(id, 'customer')
  stop()
  expect([refused.status, refused.body.error.code]).toEqual([422, 'forbidden'])
  expect((await read(id, 'customer')).status).toBe(200)
})

test('a source that wants to be left alone for long is a 429 with its time', async () => {
  // Another account: this one is left alone from then on, whoever asks.
  const busy = await stripeSandbox.start({ seed: 2, counts: { customers: 1 } })
  onTestFinished(() => busy.close())
  const id = await connect({ connector: 'stripe', config: busy.config, credentials: busy.credentials })
  busy.onRequest(() => ({ status: 429, headers: { 'Retry-After': '60' }, body: '{"error":{"message":"slow"}}' }))
  const { status, headers, body } = await read(id, 'product')
  expect([status, body.error.code]).toEqual([429, 'rate_limited'])
  expect(Number(headers['retry-after'])).toBeGreaterThan(50)
})

test('what is not there is not found, and the names of what is are given', async () => {
  const id = await connectStripe()
  const { status, body } = await read(id, 'unicorn')
  expect([status, body.error.code]).toEqual([404, 'not_found'])
  expect(body.error.message).toContain('customer, product, price')
  expect((await read(randomUUID(), 'customer')).status).toBe(404)
  expect((await read(id, 'customer', '?limit=201')).status).toBe(400)
})

test('a paused connection is not read', async () => {
  const id = await connectStripe()
  await api.call('POST', `/v1/connections/${id}/pause`)
  const { status, body } = await read(id, 'customer')
  expect([status, body.error.code]).toEqual([409, 'connection_not_active'])
})

test('each attempt is in the log by ids and counts, without what was read', async () => {
  const id = await connectStripe()
  api.log.length = 0
  const { body } = await read(id, 'customer', '?limit=2')
  const line = api.log.findLast((entry) => entry.includes('live read'))!
  expect(JSON.parse(line)).toMatchObject({ org_id: api.org.org_id, connection_id: id, resource: 'customer', rows: 2 })
  expect(api.log.join('')).not.toContain(body.data.rows[0].id)
  expect(api.log.join('')).not.toContain('sk_test_tributary_demo')
})
