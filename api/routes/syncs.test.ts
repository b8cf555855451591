import { randomUUID } from 'node:crypto'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createOrg } from '../../db/orgs.ts'
import { createTestDatabase, type TestDatabase } from '../../stack/test-database.ts'
import { createTestApi, type TestApi } from '../test-api.ts'

let database: TestDatabase
let api: TestApi
let sql: postgres.Sql
let connection_id: string
beforeAll(async () => {
  database = await createTestDatabase()
  api = await createTestApi(database, inject('temporalAddress'))
  sql = postgres(database.adminUrl, { max: 1 })
  connection_id = await connect()
})
afterAll(async () => {
  await sql.end()
  await api.close()
  await database.drop()
})

async function connect(): Promise<string> {
  const app_key = `csv-${randomUUID().slice(0, 8)}`
  const body = {
    connector: 'csv',
    name: 'Customers',
    app_key,
    config: { key_column: 'id' },
    content: 'id,name\n1,Ada\n',
  }
  return (await api.call('POST', '/v1/connections', { body })).body.data.id
}

const ask = (body?: object, connection = connection_id) =>
  api.call('POST', `/v1/connections/${connection}/syncs`, body && { body })

/** What a run does, told by hand: no worker is here. */
async function run(sync_id: string, row: object = {}): Promise<void> {
  await sql`update syncs set status = 'running', started_at = now(), workflow_id = 'none' where id = ${sync_id}`
  const report = {
    org_id: api.org.org_id,
    sync_id,
    resource: 'row',
    scan: 'full',
    status: 'running',
    generation: 1,
    ...row,
  }
  await sql`insert into sync_resources ${sql(report)}`
}

test('a sync is queued as it was asked for, also by an empty body', async () => {
  const { status, body } = await ask()
  expect(status).toBe(202)
  expect(body.data).toMatchObject({
    connection_id,
    mode: 'incremental',
    status: 'queued',
    trigger: 'api',
    requested_resources: null,
  })
  const full = await ask({ mode: 'full', resources: ['row'] })
  expect([full.status, full.body.data.mode, full.body.data.requested_resources]).toEqual([202, 'full', ['row']])
  expect((await ask({ mode: 'sideways' })).status).toBe(400)
})

test('a resource that the connection does not have is refused by its name', async () => {
  const { status, body } = await ask({ resources: ['row', 'unicorn'] })
  expect([status, body.error.code]).toEqual([400, 'invalid_input'])
  expect(body.error.message).toBe('body.resources: there is no resource unicorn')
})

test('without Temporal a sync is queued all the same, and a connection made', async () => {
  const cut = await createTestApi(database, '127.0.0.1:1')
  const made = await cut.call('POST', '/v1/connections', {
    body: { connector: 'csv', name: 'Cut', app_key: 'cut', content: 'a\n1\n' },
  })
  expect(made.status).toBe(201)
  const { status, body } = await cut.call('POST', '/v1/connections/cut/syncs')
  expect([status, body.data.status]).toEqual([202, 'queued'])
  expect(cut.log.join('')).toContain('could not wake a connection')
  await cut.close()
})

test('a sync is read with the report of each resource', async () => {
  const { id } = (await ask()).body.data
  await run(id, { fetched: 12, created: 10, quarantined: 2, total: 20, waiting_for: 'quota', wait_until: new Date(0) })
  const { status, body } = await api.call('GET', `/v1/syncs/${id}`)
  expect([status, body.data.status]).toEqual([200, 'running'])
  expect(body.data.resources).toMatchObject([
    { resource: 'row', fetched: 12, created: 10, quarantined: 2, total: 20, wait_until: '1970-01-01T00:00:00Z' },
  ])
})

test('syncs are listed newest first, in pages, by connection and status', async () => {
  const connection = await connect()
  const asked = [(await ask({}, connection)).body.data.id, (await ask({}, connection)).body.data.id]
  const url = `/v1/syncs?connection_id=${connection}&status=queued&limit=1`
  const first = (await api.call('GET', url)).body
  const second = (await api.call('GET', `${url}&cursor=${first.page.next_cursor}`)).body
  expect([first.data[0].id, second.data[0].id, second.page.next_cursor]).toEqual([...asked.toReversed(), null])
  expect((await api.call('GET', `/v1/syncs?connection_id=${connection}&status=failed`)).body.data).toEqual([])
})

test('a queued sync is cancelled at once, and stays so', async () => {
  const { id } = (await ask()).body.data
  for (let n = 0; n < 2; n++) {
    const { status, body } = await api.call('POST', `/v1/syncs/${id}/cancel`)
    expect([status, body.data.status]).toEqual([200, 'cancelled'])
  }
})

test('a running sync is fenced off and marked', async () => {
  const { id } = (await ask()).body.data
  await run(id)
  const { status, body } = await api.call('POST', `/v1/syncs/${id}/cancel`)
  expect([status, body.data.cancel_requested_at]).toEqual([200, expect.stringMatching(/Z$/)])
  const [epoch] = await sql`select epoch::int from epochs where connection_id = ${connection_id} and resource = 'row'`
  expect(epoch!.epoch).toBeGreaterThan(0)
})

test('a sync of another org, or of nobody, is not found', async () => {
  const { id } = (await ask()).body.data
  const { api_key: key } = await createOrg(database.adminUrl, { name: 'Other' })
  const answers = await Promise.all([
    api.call('GET', `/v1/syncs/${id}`, { key }),
    api.call('GET', `/v1/syncs/${id}/progress`, { key }),
    api.call('POST', `/v1/syncs/${id}/cancel`, { key }),
    api.call('GET', `/v1/syncs/${randomUUID()}`),
    api.call('GET', '/v1/syncs/nonsense/progress'),
    api.call('POST', '/v1/syncs/nonsense/cancel'),
  ])
  expect(answers.map(({ status, body }) => [status, body.error.code])).toEqual(answers.map(() => [404, 'not_found']))
})
