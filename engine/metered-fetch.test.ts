import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import type { RateLimit } from '@tributary/sdk'
import { createBudget } from './budget.ts'
import { createSourceClock } from './clock.ts'
import { createOutbound } from './guarded-fetch.ts'
import { meteredFetch } from './metered-fetch.ts'

const NOON = Date.parse('2026-06-01T12:00:00Z')
afterEach(() => void vi.useRealTimers())

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** What a connector is given, over a budget for which no time goes by. */
function meter(
  options: {
    limits?: RateLimit[]
    budget?: ReturnType<typeof createBudget>
    key?: string
  } = {},
) {
  const { limits = [], budget = createBudget(() => 0), key = 'acct' } = options
  const outbound = createOutbound({ allowPrivate: true })
  onTestFinished(() => outbound.close())
  const usage = { requests: 0, errors: 0, throttled_ms: 0 }
  const clock = createSourceClock(() => NOON)
  const stop = new AbortController()
  const deps = { budget, outbound }
  const fetch = meteredFetch({
    deps,
    payer: { key, limits },
    clock,
    usage,
    signal: stop.signal,
  })
  return { fetch, usage, clock, stop }
}

const hello: RequestListener = (_request, response) => response.end('hello')

test('Each request is counted, whatever becomes of it', async () => {
  const url = await serve((request, response) =>
    request.url === '/cut' ? request.socket.destroy() : response.writeHead(Number(request.url!.slice(1))).end(),
  )
  const { fetch, usage } = meter()
  for (const path of ['/200', '/404', '/500']) await (await fetch(url + path)).text()
  await expect(fetch(`${url}/cut`)).rejects.toMatchObject({
    code: 'upstream_unavailable',
  })
  expect(usage).toEqual({ requests: 4, errors: 0, throttled_ms: 0 })
})

test('What is asked for goes out as it was said', async () => {
  const url = await serve((request, response) => {
    response.write(`${request.method} ${request.url} ${String(request.headers['x-one'])} `)
    request.pipe(response)
  })
  const { fetch } = meter()
  const init = { method: 'POST', headers: { 'x-one': '1' }, body: 'text' }
  for (const answer of [
    fetch(`${url}/a?b`, init),
    fetch(new URL(`${url}/a?b`), init),
    fetch(new Request(`${url}/a?b`, init)),
  ])
    expect(await (await answer).text()).toBe('POST /a?b 1 text')
})

test('Requests wait for the budget of who pays, and are told for how long', async () => {
  const url = await serve(hello)
  const limits: RateLimit[] = [{ per: 'account', requests: 20, seconds: 1 }]
  const budget = createBudget(() => 0)
  const [one, same, other] = [meter({ limits, budget }), meter({ limits, budget }), meter({ limits, budget, key: 'b' })]
  for (let request = 0; request < 6; request++) await one.fetch(url)
  expect(one.usage.throttled_ms).toBe(0)
  await one.fetch(url)
  await same.fetch(url)
  await other.fetch(url)
  expect([one, same, other].map(({ usage }) => usage.throttled_ms)).toEqual([50, 100, 0])
})

test('A limit of one method and path is met by it alone, however it is said', async () => {
  const url = await serve(hello)
  const limits: RateLimit[] = [{ per: 'account', requests: 1, seconds: 0.1, match: 'POST /search' }]
  const { fetch, usage } = meter({ limits })
  await fetch(`${url}/search`)
  await fetch(new Request(`${url}/other`, { method: 'POST' }))
  await fetch(`${url}/search?page=1`, { method: 'post' })
  expect(usage.throttled_ms).toBe(0)
  await fetch(new Request(`${url}/search`, { method: 'POST' }))
  expect(usage.throttled_ms).toBe(75)
})

test('What time it is at the source is learnt from every answer that says so', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOON })
  const told = [null, NOON + 60_000, NOON + 3_600_000]
  const url = await serve((_request, response) => {
    const date = told.shift()
    response.sendDate = false
    if (date) response.setHeader('date', new Date(date).toUTCString())
    response.writeHead(500).end()
  })
  const { fetch, clock } = meter()
  const times: number[] = []
  while (told.length > 0) {
    await fetch(url)
    times.push(clock.now() - NOON)
  }
  expect(times).toEqual([0, 60_000, 3_600_000])
})

type Ask = (use: ReturnType<typeof meter>, url: string, connector: AbortController) => Promise<Response>
const stops: [string, Ask, (use: ReturnType<typeof meter>, connector: AbortController) => void][] = [
  ['the engine', ({ fetch }, url, { signal }) => fetch(url, { signal }), ({ stop }) => stop.abort('enough')],
  ['the connector', ({ fetch }, url, { signal }) => fetch(url, { signal }), (_, stop) => stop.abort('enough')],
  [
    'its Request',
    ({ fetch }, url, { signal }) => fetch(new Request(url, { signal })),
    (_, stop) => stop.abort('enough'),
  ],
]

test.each(stops)('A request that is under way ends when %s says so', async (_who, ask, stop) => {
  const [use, connector] = [meter(), new AbortController()]
  const url = await serve(() => stop(use, connector))
  await expect(ask(use, url, connector)).rejects.toBe('enough')
})

test.each(stops)('A request that waits for the budget waits no longer when %s says so', async (_who, ask, stop) => {
  const [use, connector] = [meter({ limits: [{ per: 'account', requests: 1, seconds: 3600 }] }), new AbortController()]
  const url = await serve(hello)
  await use.fetch(url)
  const waiting = ask(use, url, connector).catch((error: unknown) => error)
  stop(use, connector)
  expect(await waiting).toMatchObject({ name: 'AbortError' })
  expect(use.usage.requests).toBe(1)
})

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

test('A timeout that a connector gives, and does not keep, is kept to until the end of the body', async () => {
  const url = await serve((_request, response) => void response.write('half'))
  const { fetch } = meter()
  const response = await fetch(url, { signal: AbortSignal.timeout(300) })
  const ended = response.text().catch((error: unknown) => error)
  for (let time = 0; time < 5; time++) {
    await sleep(5)
    collect()
  }
  expect(await ended).toMatchObject({ name: 'TimeoutError' })
})
