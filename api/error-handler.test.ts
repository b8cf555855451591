import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { ConnectorError, RateLimitError } from '@tributary/sdk'
import { createClient } from '../db/client.ts'
import { LostDraftError } from '../db/uploads.ts'
import { FencedError } from '../db/epochs.ts'
import { createTestDatabase, type TestDatabase } from '../stack/test-database.ts'
import { createTestApi, type TestApi } from './test-api.ts'

let database: TestDatabase
let api: TestApi
beforeAll(async () => {
  database = await createTestDatabase()
  api = await createTestApi(database, inject('temporalAddress'))
  api.app.get('/fails/:how', async (request) => {
    const { how } = request.params as { how: string }
    if (how === 'query') await api.db.execute(sql`select ${'secret-4711'}::text::int`)
    if (how === 'throw') throw new Error('secret-4711\n    at secret-4711', { cause: new Error('secret-4711') })
    if (how === 'reworded') throw reworded(new Error('x\n    at secret-4711'))
    if (how === 'lost') throw new LostDraftError('gone')
    if (how === 'fenced') throw new FencedError()
    if (how === 'limit') throw new RateLimitError('stripe: slow down', { retryAfterMs: 1500 })
    throw new ConnectorError('auth_failed', 'stripe: the key is not accepted')
  })
})
afterAll(async () => {
  await api.close()
  await database.drop()
})

const send = (payload: string, type = 'application/json', url = '/v1/connections') =>
  api.app.inject({
    method: 'POST',
    url,
    headers: { authorization: `Bearer ${api.org.api_key}`, 'content-type': type },
    payload,
  })

test('an unknown route is a 404 in the envelope, with the request id of the header', async () => {
  const { status, body, headers } = await api.call('GET', '/v1/nothing?email=ada@example.com')
  expect(status).toBe(404)
  expect(body.error).toEqual({
    code: 'route_not_found',
    message: 'There is no route GET /v1/nothing',
    hint: expect.any(String),
    request_id: headers['x-request-id'],
  })
})

test('what is done to a connection that is stopped meanwhile is no failure of ours', async () => {
  const { status, body } = await api.call('GET', '/fails/fenced')
  expect([status, body.error.code]).toEqual([409, 'connection_not_active'])
})

test('every problem of a body is named by its path', async () => {
  const { status, body } = await api.call('POST', '/v1/connections', {
    body: { connector: 'csv', name: '', app_key: 'Not A Slug', schedule_seconds: 1, credentials: { key: 7 }, extra: 1 },
  })
  expect([status, body.error.code]).toEqual([400, 'invalid_input'])
  const paths = body.error.problems.map((problem: { path: string }) => problem.path).toSorted()
  expect(paths).toEqual(['body', 'body.app_key', 'body.credentials.key', 'body.name', 'body.schedule_seconds'])
  expect(body.error.message).toContain('body.app_key: must be 1 to 63 lower-case letters')
})

test('an unknown or malformed parameter of a query is refused', async () => {
  const { status, body } = await api.call('GET', '/v1/customers?limit=1000&colour=red')
  expect([status, body.error.code]).toEqual([400, 'invalid_input'])
  expect(body.error.message).toContain('query.limit')
})

test('what is no JSON, too large, or of another type is refused with its own code', async () => {
  const answers = await Promise.all([
    send('{"name":'),
    send('{"__proto__": {"a": 1}}'),
    send(`{"config":"${'x'.repeat(1_100_000)}"}`, 'application/json', '/v1/connections/acme/syncs'),
    send('name=acme', 'application/x-www-form-urlencoded'),
    send('name', 'text/plain'),
  ])
  expect(answers.map((answer) => [answer.statusCode, answer.json().error.code])).toEqual([
    [400, 'invalid_json'],
    [400, 'invalid_json'],
    [413, 'payload_too_large'],
    [415, 'unsupported_media_type'],
    [415, 'unsupported_media_type'],
  ])
})

test('a path that is no URL is refused in the envelope', async () => {
  const { status, body, headers } = await api.call('GET', '/v1/customers/%zz')
  expect([status, body.error.code, body.error.request_id]).toEqual([400, 'invalid_input', headers['x-request-id']])
})

test.each([
  ['GET', '/v1/customers?email=a%00b', undefined],
  ['GET', '/v1/customers?synced_after=0000-01-01T00:00:00Z', undefined],
  ['POST', '/v1/connections', { connector: 'csv', name: 'A\u0000', app_key: 'nul', content: 'id\n1\n' }],
] as const)('a value that Postgres cannot hold is refused: %s %s', async (method, url, body) => {
  const answer = await api.call(method, url, body && { body })
  expect([answer.status, answer.body.error.code]).toEqual([400, 'invalid_input'])
})

test('an empty body is none, whatever its header says', async () => {
  const answer = await send('', 'application/json', '/v1/connections/nobody/pause')
  expect(answer.json().error.code).toBe('not_found')
})

/** Its stack keeps the words that it had at first. */
const reworded = (error: Error) => (error.stack ? Object.assign(error, { message: '—' }) : error)

test('words that an error had before are not taken for places', async () => {
  api.log.length = 0
  const { body } = await api.call('GET', '/fails/reworded')
  expect(api.log.join('')).toContain(body.error.request_id)
  expect(api.log.join('')).not.toContain('secret-4711')
})

test.each(['query', 'throw'])(
  'an unexpected error (%s) tells nothing but the request id, to the client or the log',
  async (how) => {
    api.log.length = 0
    const { status, body, text } = await api.call('GET', `/fails/${how}`)
    expect([status, body.error.code]).toEqual([500, 'internal'])
    const log = api.log.join('')
    expect(text + log).not.toContain('secret-4711')
    expect(log).toContain(body.error.request_id)
    expect(log).toContain('error-handler.test.ts')
  },
)

test('what a source answered has its own status, and says how long to wait', async () => {
  const auth = await api.call('GET', '/fails/auth')
  expect([auth.status, auth.body.error.code, auth.body.error.message]).toEqual([
    422,
    'auth_failed',
    'stripe: the key is not accepted',
  ])
  const limit = await api.call('GET', '/fails/limit')
  expect([limit.status, limit.headers['retry-after']]).toEqual([429, '2'])
})

test('content whose chunks were lost is to be sent again', async () => {
  const { status, body } = await api.call('GET', '/fails/lost')
  expect([status, body.error]).toMatchObject([503, { code: 'unavailable', message: expect.stringContaining('again') }])
})

test('a database that is away is 503, and /ready names it', async () => {
  const away = createClient('postgres://tributary_app@127.0.0.1:1/none')
  const cut = await createTestApi(database, '127.0.0.1:1')
  const broken = await createTestApi(database, '127.0.0.1:1', { db: away.db })
  const { status, body } = await broken.call('GET', '/v1/customers')
  expect([status, body.error.code]).toEqual([503, 'unavailable'])
  expect((await broken.call('GET', '/ready')).body.error.message).toContain('the database and Temporal')
  expect((await cut.call('GET', '/ready')).body.error.message).toBe('Not ready: no answer from Temporal')
  expect((await broken.call('GET', '/health')).status).toBe(200)
  await Promise.all([broken.close(), cut.close(), away.close()])
})

test('nothing of a request but its method and route is logged', async () => {
  api.log.length = 0
  await api.call('GET', '/v1/customers?email=ada@example.com')
  const [line] = api.log
  expect(JSON.parse(line!)).toMatchObject({ method: 'GET', route: '/v1/customers', status: '200' })
  expect(line).not.toContain('ada@example.com')
  expect(line).not.toContain(api.org.api_key)
})
