import { randomUUID } from 'node:crypto'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import stripeSandbox, { type StripeSandbox } from '../../connectors/stripe/sandbox.ts'
import { createOrg } from '../../db/orgs.ts'
import { createTestDatabase, type TestDatabase } from '../../stack/test-database.ts'
import { scheduleId } from '../../temporal/names.ts'
import { createTestApi, type Answer, type TestApi } from '../test-api.ts'

const SECRET = 'sk_test_tributary_demo'
const CSV = 'id,name,email\n1,Ada,ada@example.com\n2,Grace,grace@example.com\n'

let database: TestDatabase
let sandbox: StripeSandbox
let api: TestApi
let sql: postgres.Sql
beforeAll(async () => {
  database = await createTestDatabase()
  sandbox = await stripeSandbox.start({
    counts: { customers: 20, invoices: 0, charges: 0, refunds: 0, subscriptions: 0 },
  })
  api = await createTestApi(database, inject('temporalAddress'))
  sql = postgres(database.adminUrl, { max: 1 })
})
afterAll(async () => {
  await Promise.all([sql.end(), sandbox.close()])
  await api.close()
  await database.drop()
})

const stripe = (changes: object = {}) => ({
  connector: 'stripe',
  name: 'Stripe',
  app_key: `stripe-${randomUUID().slice(0, 8)}`,
  config: sandbox.config,
  credentials: sandbox.credentials,
  ...changes,
})
const csv = (changes: object = {}) => ({
  connector: 'csv',
  name: 'Customers',
  app_key: `csv-${randomUUID().slice(0, 8)}`,
  config: { key_column: 'id' },
  content: CSV,
  ...changes,
})
const create = (body: object): Promise<Answer> => api.call('POST', '/v1/connections', { body })
const created = async (body: object): Promise<Record<string, string>> => {
  const { status, body: answer, text } = await create(body)
  expect([status, text]).toEqual([201, expect.any(String)])
  return answer.data
}
const scheduleOf = (id: string) => api.deps.temporal.client.schedule.getHandle(scheduleId(id)).describe()

describe('creating', () => {
  test('credentials are tried, sealed and never given back; events come from the manifest', async () => {
    const { status, body, text } = await create(stripe({ schedule_seconds: 3600, sync_from: '2026-01-01T00:00:00Z' }))
    expect(status).toBe(201)
    expect(body.data).toMatchObject({
      status: 'active',
      sync_status: 'idle',
      account: sandbox.account,
      schedule_seconds: 3600,
      sync_from: '2026-01-01T00:00:00Z',
      last_validated_at: expect.stringMatching(/Z$/),
    })
    expect(body.data.supported_events).toContainEqual({
      event_type: 'customer.created',
      schema_reference: 'stripe/schemas/customer-event.json',
      description: 'A customer was added',
    })
    expect(text).not.toContain(SECRET)
    const [stored] = await sql`select * from credentials where connection_id = ${body.data.id}`
    expect(stored!.credential_type).toBe('api_key')
    expect(stored!.encrypted_value.toString('latin1')).not.toContain(SECRET)
    const { spec, state } = await scheduleOf(body.data.id)
    expect([spec.intervals?.[0]?.every, state.paused]).toEqual([3_600_000, false])
  })

  test('content is kept, with the connection and the epoch that fences its writers', async () => {
    const { id } = await created(csv({ content: undefined, content_base64: Buffer.from(CSV).toString('base64') }))
    const [upload] =
      await sql`select u.bytes, c.content from uploads u join upload_chunks c using (connection_id, revision)
      where connection_id = ${id!}`
    expect([Number(upload!.bytes), upload!.content.toString()]).toEqual([CSV.length, CSV])
    const epochs = await sql`select resource, epoch::int from epochs where connection_id = ${id!}`
    expect([...epochs]).toEqual([{ resource: '', epoch: 1 }])
    expect((await scheduleOf(id!)).spec.intervals ?? []).toEqual([])
  })

  test('nothing is stored of what the source does not accept', async () => {
    const [before] = await sql`select count(*) from connections`
    const refused = [
      [stripe({ credentials: { secret_key: 'sk_test_wrong' } }), 422, 'auth_failed'],
      [stripe({ config: { ...sandbox.config, colour: 'red' } }), 422, 'config_invalid'],
      [csv({ content: 'no key column here\n1\n' }), 422, 'config_invalid'],
      [stripe({ credentials: {} }), 400, 'invalid_input'],
      [stripe({ credentials: { ...sandbox.credentials, pin: '1' } }), 400, 'invalid_input'],
      [csv({ content_base64: 'aWQ=' }), 400, 'invalid_input'],
      [stripe({ connector: 'gopher' }), 422, 'config_invalid'],
      [csv({ app_key: randomUUID() }), 400, 'invalid_input'],
      [csv({ content: 'x'.repeat(10_000_001) }), 413, 'payload_too_large'],
    ] as const
    for (const [body, status, code] of refused) {
      const answer = await create(body)
      expect([answer.status, answer.body.error.code]).toEqual([status, code])
      expect(answer.text).not.toContain('sk_test_wrong')
    }
    const [after] = await sql`select count(*) from connections`
    expect(after).toEqual(before)
  })

  test('a missing credential is named', async () => {
    const { body } = await create(stripe({ credentials: {} }))
    expect(body.error.problems).toEqual([{ path: 'body.credentials.secret_key', message: 'is required' }])
  })

  test('an app_key is given once in an org, even to those who ask at one moment', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => create(csv({ app_key: 'once' }))))
    expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(['201', '409', '409'])
    const refused = answers.find(({ status }) => status === 409)!
    expect(refused.body.error.code).toBe('app_key_taken')
    const other = await createOrg(database.adminUrl, { name: 'Umbrella' })
    const elsewhere = await api.call('POST', '/v1/connections', { body: csv({ app_key: 'once' }), key: other.api_key })
    expect(elsewhere.status).toBe(201)
  })
})

describe('reading', () => {
  test('a connection is found by its id and by its app_key, and by nobody of another org', async () => {
    const { id, app_key } = await created(csv())
    const byId = await api.call('GET', `/v1/connections/${id}`)
    expect(byId.body.data).toMatchObject({ id, app_key, account: { id: 'csv', mode: 'live' } })
    expect((await api.call('GET', `/v1/connections/${app_key}`)).body).toEqual(byId.body)
    const { api_key: key } = await createOrg(database.adminUrl, { name: 'Other' })
    const answers = await Promise.all([
      api.call('GET', `/v1/connections/${id}`, { key }),
      api.call('GET', `/v1/connections/${app_key}`, { key }),
      api.call('DELETE', `/v1/connections/${id}`, { key }),
      api.call('GET', `/v1/connections/${randomUUID()}`),
    ])
    expect(answers.map(({ status, body }) => [status, body.error.code])).toEqual(answers.map(() => [404, 'not_found']))
  })

  test('a list comes in pages in the order of making, and filters', async () => {
    const { api_key: key } = await createOrg(database.adminUrl, { name: 'Lister' })
    const made: string[] = []
    for (let n = 0; n < 5; n++)
      made.push((await api.call('POST', '/v1/connections', { body: csv(), key })).body.data.id)
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const url: string = `/v1/connections?limit=2&connector=csv${cursor && `&cursor=${cursor}`}`
      const { body } = await api.call('GET', url, { key })
      seen.push(...body.data.map((row: { id: string }) => row.id))
      cursor = body.page.next_cursor
    }
    expect(seen).toEqual(made)
    expect((await api.call('GET', '/v1/connections?connector=stripe', { key })).body.data).toEqual([])
    expect((await api.call('GET', '/v1/connections?status=error', { key })).body.data).toEqual([])
  })

  test('a cursor that is none, or one of another list, is refused', async () => {
    const foreign = Buffer.from(JSON.stringify(['customers', randomUUID()])).toString('base64url')
    for (const cursor of ['nonsense', foreign, Buffer.from('["connections","x"]').toString('base64url')]) {
      const { status, body } = await api.call('GET', `/v1/connections?cursor=${cursor}`)
      expect([status, body.error.code]).toEqual([400, 'invalid_cursor'])
    }
  })
})

describe('changing', () => {
  test('name, schedule and start are changed, and the schedule in Temporal with them', async () => {
    const { id } = await created(csv())
    const body = { name: 'Renamed', schedule_seconds: 60, sync_from: '2026-02-03T04:05:06Z' }
    const { status, body: answer } = await api.call('PATCH', `/v1/connections/${id}`, { body })
    expect([status, answer.data]).toEqual([200, expect.objectContaining(body)])
    expect((await scheduleOf(id!)).spec.intervals?.[0]?.every).toBe(60_000)
    await api.call('PATCH', `/v1/connections/${id}`, { body: { schedule_seconds: null } })
    expect((await scheduleOf(id!)).spec.intervals ?? []).toEqual([])
  })

  test('a new config is tried before it is stored', async () => {
    const { id } = await created(csv())
    const refused = await api.call('PATCH', `/v1/connections/${id}`, { body: { config: { key_column: 'nothing' } } })
    expect(refused.status).toBe(422)
    expect((await api.call('GET', `/v1/connections/${id}`)).body.data.config).toEqual({ key_column: 'id' })
    const changed = await api.call('PATCH', `/v1/connections/${id}`, { body: { config: { key_column: 'email' } } })
    expect([changed.status, changed.body.data.config]).toEqual([200, { key_column: 'email' }])
  })

  test('credentials are replaced by others of the same account, and a stopped connection goes on', async () => {
    const { id } = await created(stripe())
    await sql`update connections set status = 'error', status_reason = 'stripe: the key was revoked' where id = ${id!}`
    const url = `/v1/connections/${id}/credentials`
    const wrong = await api.call('PUT', url, { body: { credentials: { secret_key: 'sk_test_wrong' } } })
    expect([wrong.status, wrong.body.error.code]).toEqual([422, 'auth_failed'])
    const [sealed] = await sql`select encrypted_value from credentials where connection_id = ${id!}`
    const { status, body, text } = await api.call('PUT', url, { body: { credentials: sandbox.credentials } })
    expect([status, body.data.status, body.data.status_reason]).toEqual([200, 'active', null])
    expect(text).not.toContain(SECRET)
    const [resealed] = await sql`select encrypted_value from credentials where connection_id = ${id!}`
    expect(resealed!.encrypted_value).not.toEqual(sealed!.encrypted_value)
    expect((await scheduleOf(id!)).state.paused).toBe(false)
  })

  test('credentials of another account are refused', async () => {
    const { id } = await created(stripe())
    await sql`update connections set account = jsonb_set(account, '{id}', '"acct_other"') where id = ${id!}`
    const body = { credentials: sandbox.credentials }
    const answer = await api.call('PUT', `/v1/connections/${id}/credentials`, { body })
    expect([answer.status, answer.body.error.code]).toEqual([409, 'account_mismatch'])
  })
})

describe('stopping', () => {
  test('a paused connection has a paused schedule and nothing queued, until it is resumed', async () => {
    const { id } = await created(csv({ schedule_seconds: 3600 }))
    const { data: sync } = (await api.call('POST', `/v1/connections/${id}/syncs`)).body
    const paused = await api.call('POST', `/v1/connections/${id}/pause`)
    expect([paused.status, paused.body.data.status]).toEqual([200, 'inactive'])
    expect((await scheduleOf(id!)).state.paused).toBe(true)
    expect((await api.call('GET', `/v1/syncs/${sync.id}`)).body.data.status).toBe('cancelled')
    const [epoch] = await sql`select epoch::int from epochs where connection_id = ${id!} and resource = ''`
    expect(epoch!.epoch).toBe(2)
    const refused = await api.call('POST', `/v1/connections/${id}/syncs`)
    expect([refused.status, refused.body.error.code]).toEqual([409, 'connection_not_active'])
    expect((await api.call('POST', `/v1/connections/${id}/resume`)).body.data.status).toBe('active')
    expect((await scheduleOf(id!)).state.paused).toBe(false)
  })

  test('a deleted connection is gone with its credentials and schedule; its rows stay, its app_key is free', async () => {
    const { id, app_key } = await created(stripe({ app_key: 'leaving' }))
    await sql`insert into entities (org_id, connection_id, resource, external_id, collection_key, raw_payload, hash, version, rank)
      values (${api.org.org_id}, ${id!}, 'customer', 'cus_1', 'stripe_customer', '{}', '', 0, 0)`
    const answer = await api.call('DELETE', `/v1/connections/${app_key}`)
    expect([answer.status, answer.text]).toEqual([204, ''])
    for (const key of [id, app_key]) expect((await api.call('GET', `/v1/connections/${key}`)).status).toBe(404)
    expect((await api.call('DELETE', `/v1/connections/${id}`)).status).toBe(404)
    expect(await sql`select from credentials where connection_id = ${id!}`).toHaveLength(0)
    expect(await sql`select from entities where connection_id = ${id!}`).toHaveLength(1)
    await expect(scheduleOf(id!)).rejects.toThrow('not found')
    await created(stripe({ app_key: 'leaving' }))
  })
})

test('credentials are nowhere in an answer or in the log', async () => {
  const { id } = await created(stripe())
  const answers = await Promise.all(
    ['/v1/connections', `/v1/connections/${id}`, '/v1/connectors/stripe'].map((url) => api.call('GET', url)),
  )
  expect(answers.map(({ text }) => text).join('') + api.log.join('')).not.toContain(SECRET)
})
