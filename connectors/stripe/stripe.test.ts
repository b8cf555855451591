import { readdirSync, readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { compileSchema, ConnectorError, type Change, type Context, type ReadRequest } from '@tributary/sdk'
import { manifestSchema } from '@tributary/sdk/manifest'
import { models } from '@tributary/sdk/models'
import fc from 'fast-check'
import Stripe from 'stripe'
import { noFaults } from '@tributary/sdk/sandbox'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { API_VERSION, type Config } from './client.ts'
import stripe from './index.ts'
import { joinMembers, splitMembers } from './json-members.ts'
import stripeSandbox from './sandbox.ts'

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
const manifest = manifestSchema.parse(JSON.parse(read('manifest.json')))
const resource = (name: string) => manifest.resources.find((each) => each.name === name)!
const JUNE = { from: '2025-06-01T00:00:00.000Z', to: '2025-07-01T00:00:00.000Z' }

type Fetch = typeof fetch
type Options = { fetch: Fetch; config?: Config; secret_key?: string }

const dial = () => Promise.reject(new Error('Stripe is asked over HTTP'))

function open({ config = {}, secret_key = 'sk_test_tributary_demo', ...options }: Options) {
  const context: Context<Config> = {
    ...options,
    dial,
    config,
    secret: () => secret_key,
    signal: new AbortController().signal,
  }
  return stripe.open(context)
}

/** A Stripe that gives these answers one after the other, and the requests that it got. */
function answering(...answers: (Response | Error | object)[]) {
  const fake = vi.fn<Fetch>(() => {
    const answer = answers.shift() ?? new Error('no further answer was expected')
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(toResponse(answer))
  })
  const url = (n: number) => new URL(fake.mock.calls[n]![0] as string)
  return { adapter: (options: Partial<Options> = {}) => open({ fetch: fake, ...options }), fake, url }
}

const toResponse = (answer: Response | object) => (answer instanceof Response ? answer : Response.json(answer))
const list = (data: unknown[], has_more = false) => ({ object: 'list', data, has_more, url: '/v1/x' })
const problem = (status: number, error: object, headers: Record<string, string> = {}) =>
  Response.json({ error }, { status, headers: { 'request-id': 'req_1', ...headers } })
const text = (body: string) => new Response(body, { headers: { 'content-type': 'application/json' } })

const request = (name: string, more: Partial<ReadRequest> = {}): ReadRequest => ({
  resource: resource(name),
  scan: 'full',
  limit: 100,
  ...more,
})

const readOf = (answer: Response | Error | object, name = 'customer', more: Partial<ReadRequest> = {}) =>
  answering(answer).adapter().read!(request(name, more))

const failure = async (promise: Promise<unknown>) => {
  const error = await promise.then(() => undefined, (thrown: unknown) => thrown) // prettier-ignore
  expect(error).toBeInstanceOf(ConnectorError)
  return error as ConnectorError
}

describe('the pinned API version', () => {
  test('is the same in the manifest, the SDK, its client and the sandbox', async () => {
    const { adapter, fake } = answering(list([]))
    await adapter().read!(request('customer'))
    const headers = new Headers(fake.mock.calls[0]![1]!.headers)
    expect([manifest.apiVersion, Stripe.API_VERSION, headers.get('stripe-version')]).toEqual(Array(3).fill(API_VERSION))
  })
})

describe('a request', () => {
  test('goes to Stripe with the key, and through base_url where there is one', async () => {
    const { adapter, fake, url } = answering(list([]), list([]), list([]))
    await adapter().read!(request('customer'))
    await adapter({ config: { base_url: 'http://127.0.0.1:8420' } }).read!(request('customer'))
    await adapter({ config: { base_url: 'https://stripe.example.com/' } }).read!(request('customer'))
    expect([url(0), url(1), url(2)].map(({ origin }) => origin)).toEqual([
      'https://api.stripe.com',
      'http://127.0.0.1:8420',
      'https://stripe.example.com',
    ])
    expect(new Headers(fake.mock.calls[0]![1]!.headers).get('authorization')).toBe('Bearer sk_test_tributary_demo')
  })

  test('tells Stripe nothing of this machine', async () => {
    const named = () => Response.json(list([]), { headers: { 'request-id': 'req_1' } })
    const { adapter, fake } = answering(named(), named())
    await adapter().read!(request('customer'))
    await adapter().read!(request('customer'))
    const headers = fake.mock.calls.map(([, init]) => new Headers(init!.headers))
    expect(headers.map((sent) => sent.get('x-stripe-client-telemetry'))).toEqual([null, null])
    expect(headers.map((sent) => sent.get('x-stripe-client-user-agent')).join()).not.toContain('platform')
  })

  test('asks for whole seconds around the window, and for at most a page of Stripe', async () => {
    const { adapter, url } = answering(list([]))
    const window = { from: '2025-06-01T00:00:00.900Z', to: '2025-07-01T00:00:00.100Z' }
    await adapter().read!(request('customer', { window, limit: 500, after: 'cus_9' }))
    expect(Object.fromEntries(url(0).searchParams)).toEqual({
      limit: '100',
      'created[gte]': '1748736000',
      'created[lt]': '1751328001',
      starting_after: 'cus_9',
    })
  })

  test('for subscriptions asks for those that are over too', async () => {
    const { adapter, url } = answering(list([]))
    await adapter().read!(request('subscription'))
    expect(url(0).searchParams.get('status')).toBe('all')
  })

  test('is made once: neither a lost connection nor an error is tried again', async () => {
    const { adapter, fake } = answering(new TypeError('fetch failed'), problem(500, { type: 'api_error' }))
    await failure(adapter().read!(request('customer')))
    await failure(adapter().read!(request('customer')))
    expect(fake).toHaveBeenCalledTimes(2)
  })

  test('is not made while a connection is only opened, and a missing key is told on first use', async () => {
    const missing = new ConnectorError('config_invalid', 'stripe: secret_key is missing')
    const secret = vi.fn<(name: string) => string>(() => {
      throw missing
    })
    const adapter = stripe.open({ config: {}, secret, fetch, dial, signal: new AbortController().signal })
    expect(secret).not.toHaveBeenCalled()
    await expect(adapter.read!(request('customer'))).rejects.toBe(missing)
  })

  test.each(['ftp://example.com', 'https://example.com/v1', 'https://ada:pw@example.com', 'example.com'])(
    'cannot go through the base_url %s',
    (base_url) => {
      expect(stripe.config.safeParse({ base_url }).success).toBe(false)
    },
  )
})

describe('a page', () => {
  test('keeps each object as Stripe wrote it, beside its parsed value', async () => {
    const body = `{"object": "list", "has_more": true,\n "data": [{"id": "cus_2", "created": 1748736005,
      "balance": 9007199254740993, "x": 1.50, "name": "a\\u0000 \\"b"}, {"id":"cus_1","created":1748736000}]}`
    expect(await readOf(text(body))).toEqual({
      items: [
        {
          resource: 'customer',
          id: 'cus_2',
          payload: { id: 'cus_2', created: 1748736005, balance: 9007199254740992, x: 1.5, name: 'a\u0000 "b' },
          raw: '{"id":"cus_2","created":1748736005,"balance":9007199254740993,"x":1.50,"name":"a\\u0000 \\"b"}',
          archived_at: null,
        },
        {
          resource: 'customer',
          id: 'cus_1',
          payload: { id: 'cus_1', created: 1748736000 },
          raw: '{"id":"cus_1","created":1748736000}',
          archived_at: null,
        },
      ],
      more: true,
      next: 'cus_1',
      reached: '2025-06-01T00:00:00.000Z',
    })
  })

  test('gives objects without an id as such, and goes on after the last that has one', async () => {
    const page = await readOf(list([{ id: 'cus_1', created: 5 }, { created: 4 }, { id: '' }, { id: 7 }, null], true))
    expect(page.items.map(({ id }) => id)).toEqual(['cus_1', '', '', ''])
    expect(page).toMatchObject({ next: 'cus_1', more: true })
  })

  test('that names nothing to go on from repeats its cursor, so that the engine sees the circle', async () => {
    expect(await readOf(list([], true), 'customer', { after: 'cus_5' })).toMatchObject({ next: 'cus_5', more: true })
  })

  test('has no reached time where the last object has none', async () => {
    expect(await readOf(list([{ id: 'cus_1', created: 'not a time' }]))).toHaveProperty('reached', undefined)
  })

  test.each([
    ['is cut', () => text('{"object":"list","data":[{"id":"cus_1"},{"id')],
    ['breaks off', () => new Response(broken())],
    ['is a web page', () => new Response('<html>Sign in</html>', { headers: { 'content-type': 'text/html' } })],
    ['is empty', () => text('')],
    ['has no list', () => ({ object: 'list', has_more: false })],
    ['has a list of another kind', () => ({ object: 'list', data: {}, has_more: false })],
    ['does not say whether there is more', () => ({ object: 'list', data: [] })],
    ['says it in words', () => ({ object: 'list', data: [], has_more: 'no' })],
    ['is an error without its envelope', () => Response.json({ message: 'slow' }, { status: 502 })],
    ['never comes', () => new TypeError('fetch failed')],
  ])('that %s is no empty page but upstream_unavailable', async (_, answer) => {
    expect(await failure(readOf(answer()))).toMatchObject({ code: 'upstream_unavailable' })
  })

  test('of a resource that Stripe does not have is unsupported', async () => {
    const unknown = { ...resource('customer'), name: 'constructor' }
    expect(await failure(readOf(list([]), 'customer', { resource: unknown }))).toMatchObject({ code: 'unsupported' })
  })
})

function broken() {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode('{"object":"list","data":[')),
    pull: (controller) => controller.error(new TypeError('terminated')),
  })
  return body
}

describe('out of use', () => {
  test.each([
    ['product', { active: false, created: 5, updated: 1748736000 }, '2025-06-01T00:00:00.000Z'],
    ['product', { active: true, updated: 1748736000 }, null],
    ['price', { active: false, created: 1748736000 }, '2025-06-01T00:00:00.000Z'],
    ['subscription', { status: 'canceled', ended_at: 1748736000, canceled_at: 9 }, '2025-06-01T00:00:00.000Z'],
    ['subscription', { status: 'canceled', ended_at: null, canceled_at: 1748736000 }, '2025-06-01T00:00:00.000Z'],
    ['subscription', { status: 'active', canceled_at: 1748736000 }, null],
    ['subscription', { status: 'canceled', ended_at: 'soon' }, null],
    ['charge', { created: 1748736000 }, null],
  ])('a %s %j is archived_at %s', async (name, object, archived_at) => {
    const { items } = await readOf(list([{ id: 'x_1', ...object }]), name)
    expect(items).toMatchObject([{ id: 'x_1', archived_at, payload: { id: 'x_1' } }])
  })
})

describe('an object whose inner list is cut off', () => {
  const invoice = (lines: object) => ({ id: 'in_1', created: 1748736000, lines })

  test('comes without payload in a page, so that it is asked for by get', async () => {
    const cut = invoice({ object: 'list', data: [{ id: 'il_1' }], has_more: true })
    const whole = { ...invoice({ object: 'list', data: [], has_more: false }), id: 'in_2' }
    const { items } = await readOf(list([cut, whole]), 'invoice')
    expect(items[0]).toEqual({ resource: 'invoice', id: 'in_1', archived_at: null })
    expect(items[1]).toMatchObject({ id: 'in_2', payload: whole })
  })

  test('is given whole by get, every number as it came', async () => {
    const { adapter, url } = answering(
      text('{"id": "in_1", "total": 12345678901234567890,\n "lines": {"object": "list", "data": [{"id":"il_1"}], "has_more": true, "total_count": 3}, "tax": 1.50}'), // prettier-ignore
      text('{"object":"list","data":[{"id":"il_1","n":1.10},{"id":"il_2"}],"has_more":true}'),
      text('{"object":"list","data":[{"id":"il_3"}],"has_more":false}'),
    )
    const [change] = await adapter().get!(resource('invoice'), ['in_1'])
    expect(change).toMatchObject({
      id: 'in_1',
      raw: '{"id":"in_1","total":12345678901234567890,"lines":{"object":"list","data":[{"id":"il_1","n":1.10},{"id":"il_2"},{"id":"il_3"}],"has_more":false,"total_count":3},"tax":1.50}',
      payload: { lines: { data: [{ id: 'il_1' }, { id: 'il_2' }, { id: 'il_3' }], has_more: false } },
    })
    expect([url(1), url(2)].map(({ pathname, search }) => pathname + search)).toEqual([
      '/v1/invoices/in_1/lines?limit=100',
      '/v1/invoices/in_1/lines?limit=100&starting_after=il_2',
    ])
  })

  test('that is a subscription finds its items in their own list', async () => {
    const { adapter, url } = answering({ id: 'sub_1', items: { data: [], has_more: true } }, list([{ id: 'si_1' }]))
    const changes = await adapter().get!(resource('subscription'), ['sub_1'])
    expect(changes).toMatchObject([{ id: 'sub_1', payload: { items: { data: [{ id: 'si_1' }], has_more: false } } }])
    expect(url(1).pathname + url(1).search).toBe('/v1/subscription_items?subscription=sub_1&limit=100')
  })

  test.each([
    [
      'turns in a circle',
      /in a circle after il_1/,
      [list([{ id: 'il_1' }], true), list([{ id: 'il_2' }], true), list([{ id: 'il_1' }], true)],
    ],
    ['is empty yet has more', /in a circle after no object/, [list([], true)]],
    ['loses the line to go on from', /changed while it was read/, [list([{ id: 'il_1' }], true), problem(400, { code: 'resource_missing', param: 'starting_after' })]], // prettier-ignore
  ])('is to be asked for again where its list %s', async (_, message, pages) => {
    const { adapter } = answering(invoice({ data: [], has_more: true }), ...pages)
    const thrown = await failure(adapter().get!(resource('invoice'), ['in_1']))
    expect(thrown).toMatchObject({ code: 'upstream_unavailable', message: expect.stringMatching(message) as string })
  })

  test.each([
    ['itself', [problem(404, { code: 'resource_missing', param: 'id' })]],
    ['its list', [invoice({ data: [], has_more: true }), problem(404, { code: 'resource_missing', param: 'id' })]],
  ])('that is gone when %s is asked for is not answered', async (_, answers) => {
    expect(await answering(...answers).adapter().get!(resource('invoice'), ['in_1'])).toEqual([])
  })
})

describe('get', () => {
  test('tells that an object was deleted where Stripe keeps a stub of it', async () => {
    const { adapter } = answering({ id: 'cus_1', object: 'customer', deleted: true })
    const deleted: Change[] = [{ resource: 'customer', id: 'cus_1', op: 'delete' }]
    expect(await adapter().get!(resource('customer'), ['cus_1'])).toEqual(deleted)
  })

  test('takes no other 404 for a missing object', async () => {
    const { adapter } = answering(problem(404, { type: 'invalid_request_error', message: 'Unrecognized request URL' }))
    expect(await failure(adapter().get!(resource('customer'), ['cus_1']))).toMatchObject({ code: 'invalid_request' })
  })

  test.each(['[]', 'null', '"cus_1"', '{"object":"customer"}', '{"id":'])('takes %s for no object', async (body) => {
    const { adapter } = answering(text(body))
    expect(await failure(adapter().get!(resource('customer'), ['cus_1']))).toMatchObject({
      code: 'upstream_unavailable',
    })
  })
})

describe('an error', () => {
  const KEY = 'sk_live_tributary_secret'
  const quoting = `Invalid API Key provided: ${KEY} of ada@example.com`

  test.each([
    [401, {}, 'auth_failed', /secret_key is not accepted \(401 req_1\); set another with PUT/],
    [401, { code: 'api_key_expired' }, 'auth_failed', /api_key_expired/],
    [403, { code: 'secret_key_required' }, 'auth_failed', /secret_key_required/],
    [403, {}, 'forbidden', /may not GET \/v1\/customers .* permission to read it/],
    [404, { code: 'resource_missing', param: 'id' }, 'not_found', /names nothing that exists/],
    [400, { code: 'resource_missing', param: 'starting_after' }, 'cursor_expired', /cannot go on/],
    [400, { code: 'parameter_unknown', param: 'foo' }, 'invalid_request', /\(400 parameter_unknown in foo req_1\)/],
    [402, {}, 'invalid_request', /402/],
    [409, { code: 'lock_timeout' }, 'upstream_unavailable', /lock_timeout/],
    [500, {}, 'upstream_unavailable', /ask again/],
    [503, {}, 'upstream_unavailable', /503/],
  ])('with status %i and %j is %s', async (status, error, code, message) => {
    const thrown = await failure(readOf(problem(status, { type: 'x', message: quoting, ...error })))
    expect(thrown).toMatchObject({ code, message: expect.stringMatching(message) as string })
    expect(thrown.message).toMatch(/^stripe: /)
  })

  test('names the permission that a restricted key lacks', async () => {
    const message = `The provided key '${KEY}' does not have the required permissions. Having the 'rak_customer_read' permission would allow this.`
    const thrown = await failure(readOf(problem(403, { message })))
    expect(thrown.message).toContain('give it the permission rak_customer_read')
  })

  test.each([
    [{ 'retry-after': '7' }, 7000],
    [{ 'retry-after': '86400' }, 900_000],
    [{}, undefined],
  ])('that asks to wait by %j waits %s ms, and says which limit was met', async (headers, retryAfterMs) => {
    const limited = problem(429, { code: 'rate_limit' }, { ...headers, 'stripe-rate-limited-reason': 'endpoint-rate' })
    const thrown = await failure(readOf(limited))
    expect(thrown).toMatchObject({ name: 'RateLimitError', code: 'rate_limited', retryAfterMs })
    expect(thrown.message).toContain('endpoint-rate')
  })

  test('of a server keeps how long it wants to be left alone', async () => {
    expect(await failure(readOf(problem(503, {}, { 'retry-after': '2' })))).toMatchObject({ retryAfterMs: 2000 })
  })

  test('of the guarded fetch passes as it is, before and while the body is read', async () => {
    const refused = new ConnectorError('config_invalid', 'the address is not public')
    const tooLarge = new ConnectorError('upstream_unavailable', 'the answer is larger than 64 MiB')
    const body = new ReadableStream({ pull: (controller) => controller.error(tooLarge) })
    await expect(readOf(refused)).rejects.toBe(refused)
    await expect(readOf(new Response(body))).rejects.toBe(tooLarge)
  })

  test('of a body that cannot be parsed does not quote it', async () => {
    for (const status of [200, 502]) {
      const page = new Response('{"email": "ada@example.com"', { status })
      const thrown = await failure(readOf(page))
      expect(inspect(thrown, { depth: 9 })).not.toContain('ada@')
    }
  })

  test('tells of a key that no header can carry without quoting it', async () => {
    const thrown = await failure(open({ fetch, secret_key: `${KEY}\n` }).testConnection())
    expect(thrown).toMatchObject({ code: 'auth_failed' })
    expect(inspect(thrown, { depth: 9 })).not.toContain(KEY)
  })

  test.each([401, 403, 404, 400, 429, 500])('with status %i hands on nothing that Stripe said', async (status) => {
    const thrown = await failure(readOf(problem(status, { message: quoting })))
    expect(inspect(thrown, { depth: 9 })).not.toMatch(/tributary_secret|ada@/)
  })
})

describe('a connection', () => {
  test.each([
    ['sk_live_tributary_demo', 'live', undefined],
    ['rk_live_tributary_demo', 'live', undefined],
    ['sk_test_tributary_demo', 'test', [{ per: 'account', requests: 25, seconds: 1 }]],
    ['rk_test_tributary_demo', 'test', [{ per: 'account', requests: 25, seconds: 1 }]],
  ])('with the key %s is in %s mode, at the rate of that mode', async (secret_key, mode, rateLimits) => {
    const { adapter } = answering({ id: 'acct_1', default_currency: 'eur' })
    const account = await adapter({ secret_key }).testConnection()
    expect(account).toEqual({ id: 'acct_1', mode, currency: 'EUR', ...(rateLimits && { rateLimits }) })
  })

  test('at a stand-in for Stripe keeps the limits of the manifest', async () => {
    const { adapter } = answering({ id: 'acct_1' })
    const account = await adapter({ config: { base_url: 'http://127.0.0.1:8420' } }).testConnection()
    expect(account).toEqual({ id: 'acct_1', mode: 'test' })
  })

  test('with a key of unknown mode is refused, since test data must not end in live tables', async () => {
    const { adapter } = answering({ id: 'acct_1' })
    const thrown = await failure(adapter({ secret_key: 'legacy0key' }).testConnection())
    expect(thrown).toMatchObject({ code: 'config_invalid' })
    expect(thrown.message).not.toContain('legacy0key')
  })

  test.each(['{}', '[]', '<html>', '{"id":7}'])('that is answered by %s is not taken for an account', async (body) => {
    expect(await failure(answering(text(body)).adapter().testConnection())).toMatchObject({
      code: 'upstream_unavailable',
    })
  })
})

describe('the members of an object', () => {
  test('are split and joined to the same text, whatever they hold', () => {
    const json = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()).map((value) => JSON.stringify(value))
    fc.assert(
      fc.property(json, (text) => {
        expect(joinMembers(splitMembers(text))).toBe(text)
      }),
    )
  })
})

describe('the event schemas', () => {
  const checks = new Map(
    readdirSync(new URL('schemas', import.meta.url)).map((file) => [
      `schemas/${file}`,
      compileSchema(JSON.parse(read(`schemas/${file}`)) as object),
    ]),
  )
  const subjects: Record<string, string> = { 'customer.subscription': 'subscription' }
  const objectOf = (eventType: string) => {
    const subject = eventType.slice(0, eventType.lastIndexOf('.'))
    return JSON.parse(read(`fixtures/${subjects[subject] ?? subject}.json`)) as Record<string, unknown>
  }
  const event = (type: string, object: unknown) => ({
    id: 'evt_1',
    object: 'event',
    type,
    created: 1748736000,
    livemode: false,
    pending_webhooks: 1,
    api_version: API_VERSION,
    request: { id: null, idempotency_key: null },
    data: { object },
  })

  test('are all named by the manifest, and only such', () => {
    expect(new Set(manifest.events.map(({ schemaPath }) => schemaPath))).toEqual(new Set(checks.keys()))
  })

  test.each(manifest.events)(
    'accept $eventType as Stripe sends it and refuse one that is not',
    ({ eventType, schemaPath }) => {
      const check = checks.get(schemaPath)!
      const object = objectOf(eventType)
      expect(check(event(eventType, object))).toEqual([])
      expect(check(event(eventType, { ...object, brand_new: [1] }))).toEqual([])
      expect(check(event('tributary.unheard_of', object))).toEqual([expect.stringContaining('/type ')])
      expect(check(event(eventType, { ...object, id: 7 }))).toEqual(['/data/object/id must be string'])
      expect(check(event(eventType, { ...object, created: 'soon' }))).toEqual(['/data/object/created must be integer'])
      expect(check({ ...event(eventType, object), data: {} })).toEqual([expect.stringContaining('/data ')])
    },
  )
})

describe('over the sandbox', () => {
  const counts = { customers: 90, products: 25, prices: 30, subscriptions: 60, invoices: 90, charges: 120, refunds: 30 }
  type Sandbox = Awaited<ReturnType<typeof stripeSandbox.start>>
  let sandbox: Sandbox
  beforeAll(async () => {
    sandbox = await stripeSandbox.start({ counts })
    return () => sandbox.close()
  })
  afterEach(() => {
    sandbox.settings.pretty = false
    Object.assign(sandbox.faults, noFaults)
  })

  const connect = () => open({ fetch, config: sandbox.config as Config, secret_key: sandbox.credentials.secret_key! })

  async function readAll(name: string, window?: ReadRequest['window']) {
    const adapter = connect()
    const changes: Change[] = []
    for (let after: ReadRequest['after'], more = true; more;) {
      const page = await adapter.read!(request(name, { limit: 20, after, window }))
      changes.push(...page.items)
      ;({ more, next: after } = page)
    }
    const stubs = changes.filter(({ payload, op }) => !payload && op !== 'delete').map(({ id }) => id)
    const whole = await Promise.all(stubs.map((id) => adapter.get!(resource(name), [id])))
    return { changes: [...changes.filter(({ payload }) => payload), ...whole.flat()], stubs: stubs.length }
  }

  const byId = (objects: object[]) =>
    Object.fromEntries(objects.map((object) => [(object as { id: string }).id, object]))

  test.each(manifest.resources)('every $name is read once, whole and as it is', async ({ name }) => {
    const { changes } = await readAll(name)
    const truth = sandbox.truth(name)
    expect(changes).toHaveLength(truth.length)
    expect(byId(changes.map(({ payload }) => payload!))).toEqual(byId(truth))
    for (const { payload, raw } of changes) expect(JSON.parse(raw!)).toEqual(payload)
  })

  test('some invoices and subscriptions have to be asked for, since a page shows only part of them', async () => {
    expect((await readAll('invoice')).stubs).toBeGreaterThan(0)
    expect((await readAll('subscription')).stubs).toBeGreaterThan(0)
  })

  test('every object that has a mapper becomes a record of its model', async () => {
    for (const name of Object.keys(stripe.map!)) {
      const objects = sandbox.truth(name)
      const records = objects.flatMap((object) => stripe.map![name]!.toUnified(object, sandbox.account, resource(name)))
      for (const record of records) models[record.model].schema.parse(record)
      expect(records).toHaveLength(objects.length)
    }
  })

  test('the same objects have the same raw text, however Stripe indents its answer', async () => {
    const compact = await readAll('invoice')
    sandbox.settings.pretty = true
    expect((await readAll('invoice')).changes).toEqual(compact.changes)
  })

  test('a window gives what was created in it, and no other', async () => {
    const { changes } = await readAll('charge', JUNE)
    const charges = sandbox.truth('charge')
    const inJune = charges.filter((charge) => {
      const at = new Date((charge as { created: number }).created * 1000).toISOString()
      return at >= JUNE.from && at < JUNE.to
    })
    expect(inJune.length).toBeGreaterThan(0)
    expect(new Set(changes.map(({ id }) => id))).toEqual(new Set(Object.keys(byId(inJune))))
  })

  test('a cursor whose object is gone has expired', async () => {
    const thrown = await failure(connect().read!(request('customer', { after: 'cus_gone' })))
    expect(thrown).toMatchObject({ code: 'cursor_expired' })
  })

  test.each([
    ['tooManyRequests', 'rate_limited'],
    ['serverErrors', 'upstream_unavailable'],
    ['resets', 'upstream_unavailable'],
    ['truncated', 'upstream_unavailable'],
    ['cut', 'upstream_unavailable'],
    ['html', 'upstream_unavailable'],
  ] as const)('the fault %s is %s, after one request', async (fault, code) => {
    sandbox.faults[fault] = 1
    const before = sandbox.requests.count()
    expect(await failure(connect().read!(request('customer')))).toMatchObject({ code })
    expect(sandbox.requests.count() - before).toBe(1)
  })

  test('an object that was deleted is told to be', async () => {
    const { id } = sandbox.mutate.create('customer') as { id: string }
    sandbox.mutate.remove('customer', id)
    expect(await connect().get!(resource('customer'), [id])).toEqual([{ resource: 'customer', id, op: 'delete' }])
  })

  test('the account is that of the key, and another key is refused without being told', async () => {
    expect(await connect().testConnection()).toEqual({ ...sandbox.account, currency: 'USD' })
    const wrong = open({ fetch, config: sandbox.config as Config, secret_key: 'sk_test_tributary_other' })
    const thrown = await failure(wrong.testConnection())
    expect(thrown.code).toBe('auth_failed')
    expect(thrown.message).not.toMatch(/sk_test|tributary_other/)
  })
})
