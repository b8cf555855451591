import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { ConnectorError, type Change, type Context, type Json, type Page, type ReadRequest } from '@tributary/sdk'
import { manifestSchema } from '@tributary/sdk/manifest'
import { noFaults } from '@tributary/sdk/sandbox'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Config } from './config.ts'
import hubspot from './index.ts'
import { objectTypeOf } from './object-types.ts'
import hubspotSandbox, { type HubspotSandbox } from './sandbox.ts'

const manifest = manifestSchema.parse(JSON.parse(readFileSync(new URL('manifest.json', import.meta.url), 'utf8')))
const resource = (name: string) => manifest.resources.find((each) => each.name === name)!
const TOKEN = 'tributary_demo_token'
/** A Thursday, 20:30 in New York. */
const NOW = Date.parse('2026-07-03T00:30:00Z')
const HOUR = 3_600_000

type Fetch = typeof fetch
type Options = { fetch: Fetch; config?: Config; access_token?: string }

const dial = () => Promise.reject(new Error('HubSpot is asked over HTTP'))

function open({ config = {}, access_token = TOKEN, ...options }: Options) {
  const signal = new AbortController().signal
  const context: Context<Config> = { ...options, dial, config, secret: () => access_token, signal }
  return hubspot.open(context)
}

/** A HubSpot that gives these answers one after the other, and the requests that it got. */
function answering(...answers: (Response | Error | object)[]) {
  const fake = vi.fn<Fetch>(() => {
    const answer = answers.shift() ?? new Error('no further answer was expected')
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(toResponse(answer))
  })
  const url = (n: number) => new URL(fake.mock.calls[n]![0] as string)
  const body = (n: number) => JSON.parse(fake.mock.calls[n]![1]!.body as string) as unknown
  return { adapter: (options: Partial<Options> = {}) => open({ fetch: fake, ...options }), fake, url, body }
}

const toResponse = (answer: Response | object) => (answer instanceof Response ? answer : Response.json(answer))
const list = (results: unknown[], after?: string) => ({ results, ...(after && { paging: { next: { after } } }) })
const names = (...all: string[]) => list(all.map((name) => ({ name })))
const text = (body: string) => new Response(body, { headers: { 'content-type': 'application/json' } })
const problem = (status: number, error: object, headers: Record<string, string> = {}) =>
  Response.json({ status: 'error', correlationId: 'c-1', ...error }, { status, headers })

const request = (name: string, more: Partial<ReadRequest> = {}): ReadRequest => ({
  resource: resource(name),
  scan: 'full',
  limit: 100,
  ...more,
})
const readOf = (answer: Response | Error | object, name = 'contact', more: Partial<ReadRequest> = {}) =>
  answering(answer).adapter().read!(request(name, more))

const failure = async (promise: Promise<unknown>) => {
  const error = await promise.then(() => undefined, (thrown: unknown) => thrown) // prettier-ignore
  expect(error).toBeInstanceOf(ConnectorError)
  return error as ConnectorError
}

let sandbox: HubspotSandbox
const started: HubspotSandbox[] = []
async function start(counts: Record<string, number> = {}) {
  const few = { contacts: 60, companies: 12, deals: 30, properties: 5 }
  started.push((sandbox = await hubspotSandbox.start({ seed: 7, counts: { ...few, ...counts }, now: NOW })))
  return sandbox
}
const adapter = () => open({ fetch, config: { base_url: sandbox.url } })
afterAll(() => Promise.all(started.map((one) => one.close())))

/** A scan to its end, each page by an adapter of its own. */
async function scan(name: string, more: Partial<ReadRequest> = {}): Promise<Page<Change>[]> {
  const pages: Page<Change>[] = []
  let after: Json | undefined
  do {
    const page = await adapter().read!(request(name, { ...more, after }))
    pages.push(page)
    after = page.next
  } while (pages.at(-1)!.more)
  return pages
}
const idsOf = (pages: Page<Change>[]) => pages.flatMap(({ items }) => items.filter(({ op }) => !op).map(({ id }) => id))
const deletedIn = (pages: Page<Change>[]) =>
  pages.flatMap(({ items }) => items.filter(({ op }) => op === 'delete').map(({ id }) => id))
type Truth = { id: string; archived: boolean; archivedAt?: string; properties: Record<string, string | null> }
const truth = (name: string) => sandbox.truth(name) as Truth[]
const get = (name: string, ids: string[]) => adapter().get!(resource(name), ids)

describe('the manifest', () => {
  test.each(['contact', 'company', 'deal'])('and the code name the same time of change for a %s', (name) => {
    expect(resource(name).incremental).toMatchObject({ by: 'time', field: objectTypeOf(name).modified })
  })

  test('has the limits that the code has, but for those of the plan', async () => {
    const account = { portalId: 7, accountType: 'STANDARD' }
    const config = { requests_per_10_seconds: 190 }
    const { rateLimits } = await answering(account).adapter({ config }).testConnection()
    expect(manifest.rateLimits).toEqual(rateLimits)
  })
})

describe('a request', () => {
  test('goes to HubSpot with the token, and through base_url where there is one', async () => {
    const { adapter: with_, fake, url } = answering(list([]), list([]), list([]))
    await with_().read!(request('contact'))
    await with_({ config: { base_url: 'http://127.0.0.1:8420' } }).read!(request('contact'))
    await with_({ config: { base_url: 'https://hubspot.example.com/' } }).read!(request('contact'))
    expect([url(0), url(1), url(2)].map(({ origin, pathname }) => origin + pathname)).toEqual([
      'https://api.hubapi.com/crm/v3/objects/contacts',
      'http://127.0.0.1:8420/crm/v3/objects/contacts',
      'https://hubspot.example.com/crm/v3/objects/contacts',
    ])
    expect(new Headers(fake.mock.calls[0]![1]!.headers).get('authorization')).toBe(`Bearer ${TOKEN}`)
  })

  test('is made once: neither a lost connection nor an error is tried again', async () => {
    const { adapter: with_, fake } = answering(new TypeError('fetch failed'), problem(500, {}), problem(429, {}))
    for (let i = 0; i < 3; i++) await failure(with_().read!(request('contact')))
    expect(fake).toHaveBeenCalledTimes(3)
  })

  test('is not made while a connection is only opened, and a missing token is told on first use', async () => {
    const missing = new ConnectorError('config_invalid', 'hubspot: access_token is missing')
    const secret = vi.fn<(name: string) => string>(() => {
      throw missing
    })
    const opened = hubspot.open({ config: {}, secret, fetch, dial, signal: new AbortController().signal })
    expect(secret).not.toHaveBeenCalled()
    await expect(opened.read!(request('contact'))).rejects.toBe(missing)
  })

  test.each(['ftp://example.com', 'https://example.com/crm', 'https://ada:pw@example.com', 'example.com'])(
    'cannot go through the base_url %s',
    (base_url) => {
      expect(hubspot.config.safeParse({ base_url }).success).toBe(false)
    },
  )
})

describe('a full scan', () => {
  beforeAll(() => start())

  test('names what is in use, then what is archived, and says in its mark where it is', async () => {
    const pages = await scan('contact', { limit: 20 })
    const inUse = truth('contact').filter(({ archived }) => !archived)
    const archived = truth('contact').filter((one) => one.archived)
    expect(idsOf(pages)).toEqual([...inUse, ...archived].map(({ id }) => id))
    expect(pages.map(({ next }) => next)).toEqual([
      { archived: false, after: expect.any(String) as string },
      { archived: false, after: expect.any(String) as string },
      { archived: true },
      undefined,
    ])
  })

  test('asks for at most a page of HubSpot, and for no more than what names the objects', async () => {
    const { adapter: with_, url } = answering(list([]))
    await with_().read!(request('deal', { limit: 500, after: { archived: true, after: 'x=' } }))
    expect([...url(0).searchParams]).toEqual([
      ['limit', '100'],
      ['after', 'x='],
      ['properties', 'hs_merged_object_ids'],
      ['properties', 'hs_calculated_merged_vids'],
      ['archived', 'true'],
    ])
  })

  test('gives objects without an id as such', async () => {
    const page = await readOf(list([{ id: '7' }, {}, { id: '' }, { id: 8 }, null]))
    expect(page.items.map(({ id }) => id)).toEqual(['7', '', '', ''])
  })

  test('meets an object that is archived while it goes on', async () => {
    const [first] = await scan('company', { limit: 4 })
    const last = truth('company').findLast(({ archived }) => !archived)!
    sandbox.mutate.remove('company', last.id)
    const rest = await scan('company', { limit: 4 })
    expect(idsOf([first!])).not.toContain(last.id)
    expect(idsOf(rest)).toContain(last.id)
  })
})

describe('a page', () => {
  test.each([
    ['is cut', () => text('{"results":[{"id":"1"},{"id')],
    ['breaks off', () => new Response(broken(), { headers: { 'content-type': 'application/json' } })],
    ['is a web page', () => new Response('<html>Sign in</html>', { headers: { 'content-type': 'text/html' } })],
    ['is empty', () => text('')],
    ['has no type', () => new Response(Buffer.from('{"results":[]}'))],
    ['has no list', () => ({ paging: {} })],
    ['has a list of another kind', () => ({ results: {} })],
    ['goes on without saying where', () => ({ results: [], paging: { next: { link: 'x' } } })],
    ['never comes', () => new TypeError('fetch failed')],
  ])('that %s is no empty page but upstream_unavailable', async (_, answer) => {
    expect(await failure(readOf(answer()))).toMatchObject({ code: 'upstream_unavailable' })
  })

  test('of a resource that HubSpot does not have is unsupported', async () => {
    const unknown = { ...resource('contact'), name: 'constructor' }
    expect(await failure(readOf(list([]), 'contact', { resource: unknown }))).toMatchObject({ code: 'unsupported' })
  })
})

function broken() {
  return new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode('{"results":[')),
    pull: (controller) => controller.error(new TypeError('terminated')),
  })
}

describe('an incremental scan', () => {
  const since = (from: number, to = NOW + 10 * HOUR) => ({
    scan: 'incremental' as const,
    window: { from: new Date(from).toISOString(), to: new Date(to).toISOString() },
  })

  test('asks in milliseconds for a half-open window, behind the last id, in the order of ids', async () => {
    const { adapter: with_, body } = answering({ total: 0, ...list([]) })
    await with_().read!(request('contact', { ...since(NOW, NOW + 1), limit: 500, after: '1001' }))
    expect(body(0)).toEqual({
      filterGroups: [
        {
          filters: [
            { propertyName: 'hs_object_id', operator: 'GT', value: '1001' },
            { propertyName: 'lastmodifieddate', operator: 'GTE', value: String(NOW) },
            { propertyName: 'lastmodifieddate', operator: 'LT', value: String(NOW + 1) },
          ],
        },
      ],
      sorts: ['hs_object_id'],
      properties: ['hs_merged_object_ids', 'hs_calculated_merged_vids'],
      limit: 200,
    })
  })

  test('names what changed in its window, and nothing twice where one window ends and the next begins', async () => {
    await start()
    const [one, two] = truth('deal').filter(({ archived }) => !archived)
    sandbox.mutate.update('deal', one!.id, { amount: '1' })
    sandbox.clock.advance(1)
    sandbox.mutate.update('deal', two!.id, { amount: '2' })
    expect(idsOf(await scan('deal', since(NOW, NOW + 1)))).toEqual([one!.id])
    expect(idsOf(await scan('deal', since(NOW + 1)))).toEqual([two!.id])
  })

  test('says how much there is, once', async () => {
    await start()
    const pages = await scan('contact', { ...since(0), limit: 20 })
    expect(pages.map(({ total }) => total)).toEqual([57, undefined, undefined])
  })

  test('drains more than a query gives, though all of it changed in one millisecond', async () => {
    await start({ contacts: 11_000, companies: 0, deals: 0, properties: 0 })
    const inUse = truth('contact').filter(({ archived }) => !archived)
    for (const { id } of inUse) sandbox.mutate.update('contact', id, { lifecyclestage: 'customer' })
    const pages = await scan('contact', { ...since(NOW, NOW + 1), limit: 200 })
    expect(inUse.length).toBeGreaterThan(10_000)
    expect(idsOf(pages)).toEqual(inUse.map(({ id }) => id))
  })

  test('that is given no id to go on from repeats its mark, so that the engine sees the circle', async () => {
    const page = await readOf(list([{}], '200'), 'contact', { ...since(0), after: '7' })
    expect(page).toMatchObject({ next: '7', more: true })
  })

  test('takes no value of an index that is late: the object is read as it is now', async () => {
    await start()
    sandbox.settings.indexLagMs = HOUR
    const [old] = truth('contact').filter(({ archived }) => !archived)
    sandbox.clock.advance(2 * HOUR)
    sandbox.mutate.update('contact', old!.id, { jobtitle: 'First' })
    sandbox.clock.advance(HOUR)
    sandbox.mutate.update('contact', old!.id, { jobtitle: 'Second' })
    const [page] = await scan('contact', since(NOW + HOUR))
    expect(page!.items).toEqual([{ resource: 'contact', id: old!.id }])
    const [change] = await get('contact', [old!.id])
    expect(change!.payload).toMatchObject({ properties: { jobtitle: 'Second' } })
  })

  test('does not know what the index does not know yet, within the hour that the manifest holds back', async () => {
    await start()
    sandbox.settings.indexLagMs = HOUR
    const { id } = sandbox.mutate.create('contact')
    expect(idsOf(await scan('contact', since(NOW)))).toEqual([])
    sandbox.clock.advance(HOUR)
    expect(idsOf(await scan('contact', since(NOW)))).toEqual([id])
    expect(resource('contact').incremental).toMatchObject({ holdBackSeconds: 3600 })
  })

  test('never names what is archived, which is for the full one to find', async () => {
    await start()
    const [one] = truth('contact').filter(({ archived }) => !archived)
    sandbox.clock.advance(HOUR)
    sandbox.mutate.remove('contact', one!.id)
    expect(idsOf(await scan('contact', since(0)))).not.toContain(one!.id)
    expect(idsOf(await scan('contact'))).toContain(one!.id)
  })
})

describe('what was merged', () => {
  beforeAll(() => start())

  test('is told as deleted by either scan, with the object that it became', async () => {
    const [one, two, three] = truth('company').filter(({ archived }) => !archived)
    sandbox.clock.advance(HOUR)
    const first = sandbox.mutate.merge('company', one!.id, two!.id)
    const second = sandbox.mutate.merge('company', first.id, three!.id)
    const gone = [first.id, one!.id, two!.id, three!.id]
    const window = { from: new Date(NOW + HOUR).toISOString(), to: new Date(NOW + 2 * HOUR).toISOString() }
    const changed = await scan('company', { scan: 'incremental', window })
    expect([idsOf(changed), deletedIn(changed)]).toEqual([[second.id], gone])
    const all = await scan('company')
    expect(deletedIn(all)).toEqual(gone)
    expect(idsOf(all).filter((id) => gone.includes(id))).toEqual([])
    expect(idsOf(all)).toContain(second.id)
  })

  test('into a contact that kept its id is told too, however it is written', async () => {
    const properties = {
      hs_merged_object_ids: '5;6',
      hs_calculated_merged_vids: '6:1700000000000; 7:1700000000001;9;x',
    }
    const page = await readOf(
      list([
        { id: '9', properties },
        { id: '10', properties: null },
      ]),
    )
    expect(deletedIn([page])).toEqual(['5', '6', '7'])
  })

  test('is answered as what it became, once, so that it is gone itself', async () => {
    const [one, two] = truth('deal').filter(({ archived }) => !archived)
    const { id } = sandbox.mutate.merge('deal', one!.id, two!.id)
    const changes = await get('deal', [one!.id, id, two!.id])
    expect(changes.map((change) => change.id)).toEqual([id])
    expect(changes[0]!.payload).toEqual(truth('deal').find((deal) => deal.id === id))
  })
})

describe('get', () => {
  afterEach(() => Object.assign(sandbox.faults, noFaults))

  test('gives each object as HubSpot wrote it, its associations as a last member', async () => {
    const object = `{"id": "7", "properties": {"x": "a\\u0000 \\"b", "n": 1.50, "big": 9007199254740993},
      "createdAt": "2025-06-01T00:00:00.123456Z", "unknown": [1.10]}`
    const link = (id: number) => `{"toObjectId": ${id}, "associationTypes": [{"typeId": 1.0}]}`
    const { adapter: with_, body } = answering(
      names('x', 'n'),
      text(`{"status": "COMPLETE", "results": [${object}]}`),
      text(`{"results": [{"from": {"id": "7"}, "to": [${link(30)}, ${link(4)}]}]}`),
    )
    const [change] = await with_().get!(resource('contact'), ['7'])
    expect(change!.raw).toBe(
      '{"id":"7","properties":{"x":"a\\u0000 \\"b","n":1.50,"big":9007199254740993},' +
        '"createdAt":"2025-06-01T00:00:00.123456Z","unknown":[1.10],"associations":{"companies":[' +
        '{"toObjectId":4,"associationTypes":[{"typeId":1.0}]},{"toObjectId":30,"associationTypes":[{"typeId":1.0}]}]}}',
    )
    expect(change).toMatchObject({ resource: 'contact', id: '7', archived_at: null })
    expect(change!.payload).toEqual(JSON.parse(change!.raw!))
    expect(body(1)).toEqual({ inputs: [{ id: '7' }], properties: ['x', 'n'], propertiesWithHistory: [] })
  })

  test('reads all properties that the account has, however many names that is', async () => {
    await start({ properties: 600 })
    const [first] = truth('contact')
    const [change] = await get('contact', [first!.id])
    expect(change!.payload).toEqual(first)
    expect(Object.keys(first!.properties).length).toBeGreaterThan(600)
  })

  test('asks once for the names of the properties', async () => {
    await start()
    const opened = adapter()
    const ids = truth('deal').map(({ id }) => id)
    await Promise.all([0, 10, 20].map((at) => opened.get!(resource('deal'), ids.slice(at, at + 10))))
    expect(sandbox.requests.count('/crm/v3/properties/deals')).toBe(1)
  })

  test('asks again for the names of the properties where that failed', async () => {
    const opened = adapter()
    const [{ id }] = truth('contact') as [Truth]
    sandbox.faults.serverErrors = 1
    await failure(opened.get!(resource('contact'), [id]))
    sandbox.faults.serverErrors = 0
    expect(await opened.get!(resource('contact'), [id])).toHaveLength(1)
  })

  test('finds what is archived, since when by the time of HubSpot, and only what is nowhere is gone', async () => {
    const [one, two, three] = truth('contact').filter(({ archived }) => !archived)
    sandbox.mutate.remove('contact', one!.id)
    sandbox.mutate.purge('contact', two!.id)
    const changes = await get('contact', [one!.id, two!.id, three!.id])
    expect(changes.map(({ id, archived_at }) => [id, archived_at])).toEqual([
      [three!.id, null],
      [one!.id, '2026-07-03T00:30:00.000Z'],
    ])
    sandbox.mutate.restore('contact', one!.id)
    expect(await get('contact', [one!.id])).toMatchObject([{ id: one!.id, archived_at: null }])
  })

  test('does not ask for what can be no id, nor for anything if nothing is left', async () => {
    sandbox.requests.clear()
    expect(await get('contact', ['', 'abc', '7_none'])).toEqual([])
    expect(sandbox.requests.count()).toBe(0)
  })

  test('reads associations to their end, in the order of the ids, beside objects that have few or none', async () => {
    await start({ contacts: 1200, companies: 0, deals: 3 })
    const [crowded, few, none] = truth('deal')
    const contacts = truth('contact').filter(({ archived }) => !archived)
    for (const { id } of contacts)
      sandbox.mutate.associate({ resource: 'deal', id: crowded!.id }, { resource: 'contact', id })
    const changes = await get('deal', [crowded!.id, few!.id, none!.id])
    const expected = new Map(truth('deal').map((deal) => [deal.id, deal]))
    expect(contacts.length).toBeGreaterThan(1000)
    expect(changes.map(({ id, payload }) => [id, payload])).toEqual([...expected])
    expect(changes.map(({ raw }) => JSON.parse(raw!) as object)).toEqual([...expected.values()])
    expect(sandbox.requests.count('/crm/v4/associations/deals/contacts/batch/read')).toBe(3)
  })

  test('of associations that turn in a circle is to be asked for again', async () => {
    const page = { results: [{ from: { id: '7' }, to: [], paging: { next: { after: 'x' } } }] }
    const { adapter: with_ } = answering(names('x'), list([{ id: '7' }]), page, page)
    const thrown = await failure(with_().get!(resource('contact'), ['7']))
    expect(thrown).toMatchObject({
      code: 'upstream_unavailable',
      message: expect.stringMatching(/circle for 7/) as string,
    })
  })

  test.each([
    [
      'an error that is none of those',
      { status: 'COMPLETE', errors: [{ category: 'MISSING_SCOPES' }] },
      /MISSING_SCOPES/,
    ],
    [
      'an error without a word',
      { status: 'COMPLETE', errors: [{ category: 'ada@example.com' }] },
      /no reason|COMPLETE/,
    ],
    ['a batch that is not done', { status: 'PENDING' }, /PENDING/],
  ])('takes %s for no answer', async (_, envelope, message) => {
    const { adapter: with_ } = answering(names('x'), { ...list([]), ...envelope })
    const thrown = await failure(with_().get!(resource('contact'), ['7']))
    expect(thrown).toMatchObject({ code: 'upstream_unavailable', message: expect.stringMatching(message) as string })
  })

  test('takes an object without an id for no answer, since something was asked for', async () => {
    const { adapter: with_ } = answering(names('x'), list([{ properties: {} }]))
    expect(await failure(with_().get!(resource('contact'), ['7']))).toMatchObject({ code: 'upstream_unavailable' })
  })
})

describe('an error', () => {
  const quoting = `${TOKEN} of ada@example.com`

  test.each([
    [401, { category: 'INVALID_AUTHENTICATION' }, 'auth_failed', /not accepted \(401, INVALID_AUTHENTICATION, .*; set/],
    [403, { category: 'MISSING_SCOPES' }, 'forbidden', /may not ask for GET \/crm\/v3\/objects\/contacts/],
    [400, { category: 'VALIDATION_ERROR' }, 'invalid_request', /\(400, VALIDATION_ERROR, correlation id c-1\)/],
    [404, {}, 'invalid_request', /was refused \(404/],
    [414, {}, 'invalid_request', /414/],
    [423, {}, 'upstream_unavailable', /423/],
    [477, {}, 'upstream_unavailable', /477/],
    [500, {}, 'upstream_unavailable', /ask again/],
    [504, {}, 'upstream_unavailable', /504/],
    [521, {}, 'upstream_unavailable', /521/],
  ])('with status %i and %j is %s', async (status, error, code, message) => {
    const thrown = await failure(readOf(problem(status, { message: quoting, ...error })))
    expect(thrown).toMatchObject({ code, message: expect.stringMatching(message) as string })
    expect(thrown.message).toMatch(/^hubspot: /)
  })

  test('names the scopes that the private app lacks', async () => {
    await start()
    sandbox.settings.scopes = ['crm.objects.contacts.read']
    const thrown = await failure(get('contact', [truth('contact')[0]!.id]))
    expect(thrown).toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('give it the scope crm.objects.companies.read in HubSpot') as string,
    })
    expect((await scan('contact')).length).toBeGreaterThan(0)
    expect(await failure(scan('deal'))).toMatchObject({ code: 'forbidden' })
  })

  test.each([401, 403, 400, 429, 500])('with status %i hands on nothing that HubSpot said', async (status) => {
    const errors = [{ message: quoting, context: { requiredGranularScopes: [quoting] } }]
    const said = { message: quoting, category: quoting, correlationId: quoting, policyName: quoting, errors }
    const thrown = await failure(readOf(problem(status, said)))
    expect(inspect(thrown, { depth: 9 })).not.toMatch(/demo_token|ada@/)
  })

  test('of a body that cannot be parsed does not quote it', async () => {
    for (const status of [200, 502]) {
      const page = new Response('{"email": "ada@example.com"', {
        status,
        headers: { 'content-type': 'application/json' },
      })
      const thrown = await failure(readOf(page))
      expect(inspect(thrown, { depth: 9 })).not.toContain('ada@')
    }
  })

  test('of the guarded fetch passes as it is, before and while the body is read', async () => {
    const refused = new ConnectorError('config_invalid', 'the address is not public')
    const tooLarge = new ConnectorError('upstream_unavailable', 'the answer is larger than 64 MiB')
    const body = new ReadableStream({ pull: (controller) => controller.error(tooLarge) })
    await expect(readOf(refused)).rejects.toBe(refused)
    await expect(readOf(new Response(body))).rejects.toBe(tooLarge)
  })

  test('tells of a token that no header can carry without quoting it', async () => {
    const thrown = await failure(open({ fetch, access_token: `${TOKEN}\n` }).testConnection())
    expect(thrown).toMatchObject({ code: 'auth_failed' })
    expect(inspect(thrown, { depth: 9 })).not.toContain(TOKEN)
  })
})

describe('too many requests', () => {
  const interval = { 'x-hubspot-ratelimit-interval-milliseconds': '12000' }

  test.each([
    ['those of a second', { policyName: 'SECONDLY' }, {}, 1000],
    ['those of search, named in the sentence alone', { message: 'You have reached your secondly limit.' }, {}, 1000],
    ['those of ten seconds', { policyName: 'TEN_SECONDLY_ROLLING' }, {}, 10_000],
    ['those of ten seconds, named in the headers', { policyName: 'TEN_SECONDLY_ROLLING' }, interval, 12_000],
    ['what the header asks for', { policyName: 'TEN_SECONDLY_ROLLING' }, { 'retry-after': '3', ...interval }, 3000],
    ['no time that HubSpot did not name', { policyName: 'HOURLY' }, {}, undefined],
    ['no time where nothing is said', {}, {}, undefined],
    ['those of a day, a quarter of an hour if it is not known when it ends', { policyName: 'DAILY' }, {}, 900_000],
  ])('wait for %s', async (_, told, headers, retryAfterMs) => {
    const thrown = await failure(readOf(problem(429, told, headers)))
    expect(thrown).toMatchObject({ name: 'RateLimitError', code: 'rate_limited', retryAfterMs })
  })

  test.each([
    ['US/Eastern', 3.5 * HOUR],
    ['Europe/Berlin', 21.5 * HOUR],
    ['Asia/Kolkata', 18 * HOUR],
    ['Nowhere/At_All', 0.25 * HOUR],
  ])('of a day wait until it ends in %s', async (timeZone, retryAfterMs) => {
    const account = { portalId: 7, accountType: 'STANDARD', timeZone }
    const headers = { date: new Date(NOW).toUTCString() }
    const opened = answering(account, problem(429, { policyName: 'DAILY' }, headers)).adapter()
    await opened.testConnection()
    expect(await failure(opened.read!(request('contact')))).toMatchObject({ retryAfterMs })
  })

  test('of a day are told by the sandbox as by HubSpot', async () => {
    await start()
    const opened = adapter()
    await opened.testConnection()
    sandbox.settings.dayUsedUp = true
    expect(await failure(opened.read!(request('contact')))).toMatchObject({
      retryAfterMs: 3.5 * HOUR,
      message: expect.stringContaining('DAILY') as string,
    })
  })
})

describe('a connection', () => {
  test.each([
    ['STANDARD', 'live'],
    ['APP_DEVELOPER', 'live'],
    ['SANDBOX', 'test'],
    ['DEVELOPER_TEST', 'test'],
  ])('of an account of type %s is in %s mode', async (accountType, mode) => {
    const details = { portalId: 8424242, accountType, timeZone: 'UTC', companyCurrency: 'EUR', uiDomain: 'x' }
    const { adapter: with_, url } = answering(details)
    expect(await with_().testConnection()).toEqual({ id: '8424242', mode, currency: 'EUR' })
    expect(url(0).href).toBe('https://api.hubapi.com/account-info/v3/details')
  })

  test('keeps to the rate of a smaller plan', async () => {
    const { adapter: with_ } = answering({ portalId: 7, accountType: 'STANDARD' })
    const { rateLimits } = await with_({ config: { requests_per_10_seconds: 100 } }).testConnection()
    expect(rateLimits?.[0]).toEqual({ per: 'account', requests: 100, seconds: 10 })
    expect(rateLimits).toHaveLength(4)
  })

  test.each(['{}', '[]', '<html>', '{"portalId":"x","accountType":"STANDARD"}'])(
    'that is answered by %s is not taken for an account',
    async (body) => {
      expect(await failure(answering(text(body)).adapter().testConnection())).toMatchObject({
        code: 'upstream_unavailable',
      })
    },
  )
})
