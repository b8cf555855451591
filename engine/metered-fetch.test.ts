import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import type { Budget, Payer, Turn } from './budget.ts'
import { createSourceClock } from './clock.ts'
import { createOutbound } from './guarded-fetch.ts'
import { meteredFetch } from './metered-fetch.ts'
import { systemTime } from './time.ts'

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

type Asked = { payer: Payer; method: string; path: string }

/** A budget that lets each request wait for as long as it is told, and notes what it was asked. */
function noting(take: (signal: AbortSignal) => Promise<Turn> = () => Promise.resolve({ waitedMs: 0, end: () => {} })) {
  const noted = { asked: [] as Asked[], paused: [] as number[] }
  const budget: Budget = {
    take: (payer, request, signal) => (noted.asked.push({ payer, ...request }), take(signal)),
    pause: (_payer, _request, ms) => Promise.resolve(void noted.paused.push(ms)),
  }
  return { ...noted, budget }
}

const payer: Payer = { key: 'acct', limits: [], connection: 'c', priority: 'live' }

/** What a connector is given. */
function meter({ budget }: { budget: Budget } = noting()) {
  const outbound = createOutbound({ allowPrivate: true })
  onTestFinished(() => outbound.close())
  const usage = { requests: 0, errors: 0, throttled_ms: 0 }
  const clock = createSourceClock({ ...systemTime, now: () => NOON })
  const stop = new AbortController()
  const fetch = meteredFetch({ deps: { budget, outbound }, payer, clock, usage, signal: stop.signal })
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
  const waits = [0, 50, 25]
  let ended = 0
  const told = noting(() => Promise.resolve({ waitedMs: waits.shift()!, end: () => void ended++ }))
  const { fetch, usage } = meter(told)
  for (let request = 0; request < 3; request++) await fetch(url)
  expect([usage.throttled_ms, ended]).toEqual([75, 3])
  expect(told.asked.every((asked) => asked.payer === payer)).toBe(true)
})

test('The budget is asked by method and path, however a request is said', async () => {
  const url = await serve(hello)
  const told = noting()
  const { fetch } = meter(told)
  await fetch(`${url}/search`)
  await fetch(new Request(`${url}/other`, { method: 'POST' }))
  await fetch(`${url}/search?page=1`, { method: 'post' })
  await fetch(new Request(`${url}/search`), { method: 'POST' })
  expect(told.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /search',
    'POST /other',
    'POST /search',
    'POST /search',
  ])
})

test('A source that wants to be left alone is left alone by all who share its budget', async () => {
  const url = await serve((request, response) => {
    const [status, after] = request.url!.slice(1).split('/')
    response.writeHead(Number(status), after ? { 'retry-after': after } : {}).end()
  })
  const told = noting()
  const { fetch } = meter(told)
  for (const path of ['429/7', '429', '503/7', '200']) await (await fetch(`${url}/${path}`)).text()
  expect(told.paused).toEqual([7000])
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
  const endless = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
  const [use, connector] = [meter(noting(endless)), new AbortController()]
  const url = await serve(hello)
  const waiting = ask(use, url, connector).catch((error: unknown) => error)
  stop(use, connector)
  expect(await waiting).toBe('enough')
  expect(use.usage.requests).toBe(0)
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
