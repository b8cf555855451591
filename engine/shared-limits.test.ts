/** The `fetch` of connectors in several processes, over one real database, against a server that keeps count. In real time. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { RateLimit } from '@tributary/sdk'
import { noFaults, serveHttp, type HttpSide } from '@tributary/sdk/sandbox'
import { createClient, type Client } from '../db/client.ts'
import { createClock } from '../sdk/sandbox/clock.ts'
import { createTestDatabase, type TestDatabase } from '../stack/test-database.ts'
import { createBudget } from './budget.ts'
import { createSourceClock } from './clock.ts'
import { createOutbound, type Outbound } from './guarded-fetch.ts'
import { parseKeyring } from './keyring.ts'
import { meteredFetch } from './metered-fetch.ts'

const keyring = parseKeyring(`k1:${Buffer.alloc(32, 7).toString('base64')}`)
let database: TestDatabase
let outbound: Outbound
let source: HttpSide
const clients: Client[] = []
beforeAll(async () => {
  database = await createTestDatabase()
  outbound = createOutbound({ allowPrivate: true })
})
afterAll(async () => {
  await Promise.all([outbound.close(), ...clients.map((client) => client.close())])
  await database.drop()
})
beforeEach(async () => {
  const reply = (status: number) => () => ({ status, body: '{}' })
  source = await serveHttp({
    ...{ seed: 1, faults: { ...noFaults }, clock: createClock(), keyOf: () => 'acct' },
    ...{ answer: reply(200), tooManyRequests: reply(429), serverError: reply(500) },
  })
})
afterEach(() => source.close())

let account = 0
/** What connectors of several processes are given; each process has a connection of its own to the database. */
function start(count: number, limits: RateLimit[], url = database.appUrl) {
  const key = `acct ${account++}`
  return Array.from({ length: count }, (_, connection) => {
    const client = createClient(url, { max: 1 })
    clients.push(client)
    const deps = { budget: createBudget({ db: client.db, keyring }), outbound }
    const usage = { requests: 0, errors: 0, throttled_ms: 0 }
    const payer = { key, limits, connection: `${connection}`, priority: 'backfill' as const }
    const signal = new AbortController().signal
    return { usage, ask: meteredFetch({ deps, payer, usage, signal, clock: createSourceClock() }) }
  })
}

const statuses = () => source.requests.entries.map(({ status }) => status)

test('Four processes ask as fast as they can, and none is ever refused', async () => {
  // Each for itself they would send 144 a second. What is refused is more than their limit, since a busy machine delays some.
  source.faults.rateLimit = 60
  source.faults.latency = 100
  const processes = start(4, [{ per: 'account', requests: 40, seconds: 1 }])
  let left = 160
  const one = async ({ ask }: (typeof processes)[number]) => {
    while (left-- > 0) await (await ask(`${source.url}/things`)).text()
  }
  await Promise.all(processes.flatMap((process) => Array.from({ length: 5 }, () => one(process))))
  expect(statuses()).toEqual(Array.from({ length: 160 }, () => 200))
  expect(processes.reduce((sum, { usage }) => sum + usage.requests, 0)).toBe(160)
  expect(Math.min(...processes.map(({ usage }) => usage.throttled_ms))).toBeGreaterThan(0)
})

test('When one process is told to wait, no other asks either', async () => {
  const [one, other] = start(2, [{ per: 'account', requests: 20, seconds: 1 }])
  Object.assign(source.faults, { tooManyRequests: 1, retryAfter: 600 })
  expect((await one!.ask(`${source.url}/things`)).status).toBe(429)
  for (const { ask } of [one!, other!])
    await expect(ask(`${source.url}/things`)).rejects.toMatchObject({ name: 'RateLimitError', code: 'rate_limited' })
  expect(statuses()).toEqual([429])
})

test.each([
  ['a 429 that does not say for how long', { status: 429, body: '' }],
  ['a 429 that asks for no time', { status: 429, body: '', headers: { 'Retry-After': '0' } }],
  ['an answer that is no 429', { status: 503, body: '', headers: { 'Retry-After': '600' } }],
])('After %s the others go on', async (_, reply) => {
  const [one, other] = start(2, [{ per: 'account', requests: 20, seconds: 1 }])
  source.onRequest(({ n }) => (n === 1 ? reply : undefined))
  await one!.ask(`${source.url}/things`)
  expect((await other!.ask(`${source.url}/things`)).status).toBe(200)
})

test('Of all processes together no more are in flight than may be, also after some have failed', async () => {
  const processes = start(3, [{ per: 'account', inFlight: 2 }])
  let [inFlight, most] = [0, 0]
  source.onRequest(async () => {
    most = Math.max(most, ++inFlight)
    await sleep(10)
    inFlight--
  })
  const one = async ({ ask }: (typeof processes)[number]) => {
    for (let n = 0; n < 10; n++) {
      await expect(ask('http://127.0.0.1:1/')).rejects.toMatchObject({ code: 'upstream_unavailable' })
      await ask(`${source.url}/things`)
    }
  }
  await Promise.all(processes.flatMap((process) => [one(process), one(process)]))
  expect(statuses()).toHaveLength(60)
  expect(most).toBe(2)
})

test('Without the database nothing is asked', async () => {
  const [process] = start(1, [{ per: 'account', requests: 20, seconds: 1 }], 'postgres://nobody@127.0.0.1:1/none')
  await expect(process!.ask(`${source.url}/things`)).rejects.toMatchObject({ code: 'upstream_unavailable' })
  expect(statuses()).toEqual([])
  expect(process!.usage.requests).toBe(0)
})
