import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { createClock } from './clock.ts'
import { createFaults } from './faults.ts'
import type { Faults } from './faults.ts'
import { serveHttp } from './http.ts'
import type { HttpSide } from './http.ts'

const BODY = JSON.stringify({ hello: 'wörld', filler: 'x'.repeat(2000) })
const NOW = Date.UTC(2026, 5, 1)
const open: HttpSide[] = []

async function serve(faults: Partial<Faults> = {}, seed = 1): Promise<HttpSide> {
  const server = await serveHttp({
    seed,
    faults: createFaults(faults),
    clock: createClock(NOW),
    keyOf: (request) => request.headers.authorization ?? '',
    answer: ({ method, body }) => ({ status: 200, body: method === 'POST' ? body : BODY }),
    tooManyRequests: () => ({ status: 429, body: 'slow down' }),
    serverError: () => ({ status: 500, body: 'oh' }),
  })
  open.push(server)
  return server
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
})

const statuses = async (server: HttpSide, paths: string[]) =>
  Promise.all(paths.map((path) => fetch(server.url + path, { redirect: 'manual' }).then((answer) => answer.status)))

describe('serveHttp', () => {
  it('answers on loopback by the clock of the provider, and reads bodies', async () => {
    const server = await serve()
    const answer = await fetch(`${server.url}/a?b=1`)
    expect(await answer.text()).toBe(BODY)
    expect(answer.headers.get('date')).toBe('Mon, 01 Jun 2026 00:00:00 GMT')
    expect(await (await fetch(server.url, { method: 'POST', body: 'ping' })).text()).toBe('ping')
    expect(new URL(server.url).hostname).toBe('127.0.0.1')
  })

  it('logs what was asked for, in order, and counts by path', async () => {
    const server = await serve()
    for (const path of ['/a?page=1', '/a?page=2', '/b']) await fetch(server.url + path)
    expect(server.requests.entries).toEqual([
      { n: 1, method: 'GET', path: '/a?page=1', at: NOW, status: 200 },
      { n: 2, method: 'GET', path: '/a?page=2', at: NOW, status: 200 },
      { n: 3, method: 'GET', path: '/b', at: NOW, status: 200 },
    ])
    expect([server.requests.count(), server.requests.count('/a')]).toEqual([3, 2])
    expect(server.requests.byPath()).toEqual({ '/a': 2, '/b': 1 })
    server.requests.clear()
    await fetch(`${server.url}/c`)
    expect(server.requests.entries.map(({ n, path }) => [n, path])).toEqual([[4, '/c']])
  })

  it('rejects where the port is taken', async () => {
    const { port } = new URL((await serve()).url)
    const options = { ...(await serve()), port: Number(port), seed: 1, clock: createClock() }
    const voice = { answer: () => ({ status: 200, body: '' }), keyOf: () => '' }
    const refusals = { tooManyRequests: voice.answer, serverError: voice.answer }
    await expect(serveHttp({ ...options, ...voice, ...refusals })).rejects.toThrow('EADDRINUSE')
  })

  it('closes at once though clients keep connections open and wait for answers', async () => {
    const server = await serve({ latency: 60_000 })
    const waiting = fetch(server.url).catch((error: Error) => error.message)
    while (server.requests.count() === 0) await delay(5)
    const started = performance.now()
    await server.close()
    expect(performance.now() - started).toBeLessThan(1000)
    expect(await waiting).toBe('fetch failed')
  })
})

describe('hooks', () => {
  it('replace the answer of the request that they choose, until they are taken off', async () => {
    const server = await serve()
    const off = server.onRequest(({ n }) => (n === 2 ? { status: 403, body: 'no' } : undefined))
    expect(await statuses(server, ['/1'])).toEqual([200])
    expect(await statuses(server, ['/2'])).toEqual([403])
    off()
    server.onRequest(() => 'serverErrors')
    expect(await statuses(server, ['/3'])).toEqual([500])
    expect(server.requests.entries.map(({ status, fault }) => [status, fault])).toEqual([
      [200, undefined],
      [403, undefined],
      [500, 'serverErrors'],
    ])
  })

  it('that fail are seen to, and not taken for a fault of the network', async () => {
    const server = await serve()
    server.onRequest(() => {
      throw new Error('expected page 2')
    })
    const answer = await fetch(server.url)
    expect([answer.status, await answer.text()]).toEqual([500, 'sandbox: it failed by itself: Error: expected page 2'])
    expect(server.requests.entries.map(({ status }) => status)).toEqual([500])
  })

  it('may hold a request back', async () => {
    const server = await serve()
    const gate = withResolvers()
    server.onRequest(({ path }) => (path === '/held' ? gate.promise : undefined))
    const order: string[] = []
    const held = fetch(`${server.url}/held`).then(() => order.push('held'))
    await fetch(`${server.url}/free`).then(() => order.push('free'))
    gate.resolve()
    await held
    expect(order).toEqual(['free', 'held'])
  })
})

function withResolvers() {
  let resolve = () => {}
  const promise = new Promise<void>((done) => (resolve = done))
  return { promise, resolve }
}

describe('fault switches', () => {
  it('delay answers', async () => {
    const server = await serve({ latency: 120 })
    const started = performance.now()
    await fetch(server.url)
    expect(performance.now() - started).toBeGreaterThanOrEqual(115)
  })

  it('limit each key by itself, and say when to come back in seconds or as a date', async () => {
    const server = await serve({ rateLimit: 3, retryAfter: 2 })
    const ask = (key: string) => fetch(server.url, { headers: { authorization: key } })
    const answers = await Promise.all(['a', 'a', 'a', 'a', 'a', 'b'].map(ask))
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(2)
    expect(answers.find(({ status }) => status === 429)?.headers.get('retry-after')).toBe('2')
    server.faults.retryAfterDate = true
    expect((await ask('a')).headers.get('retry-after')).toBe('Mon, 01 Jun 2026 00:00:02 GMT')
    server.faults.rateLimit = 0
    expect((await ask('a')).status).toBe(200)
  })

  it('fail the share of requests that they are set to, the same ones for the same seed', async () => {
    const paths = Array.from({ length: 60 }, (_, i) => `/page/${i}`)
    const faults = { serverErrors: 0.2, tooManyRequests: 0.2 }
    const first = await statuses(await serve(faults), paths)
    expect(new Set(first)).toEqual(new Set([200, 429, 500]))
    expect(await statuses(await serve(faults), paths.toReversed())).toEqual(first.toReversed())
    expect(await statuses(await serve(faults, 2), paths)).not.toEqual(first)
  })

  it('let the same page through sooner or later', async () => {
    const server = await serve({ serverErrors: 0.5 })
    const seen = new Set<number>()
    for (let i = 0; i < 20; i++) seen.add((await fetch(`${server.url}/again`)).status)
    expect(seen).toEqual(new Set([200, 500]))
  })

  it('cut bodies: the client sees a broken connection, or only broken JSON', async () => {
    const server = await serve({ truncated: 1 })
    const reading = async () => (await fetch(server.url)).json()
    await expect(reading()).rejects.toThrow('terminated')
    Object.assign(server.faults, { truncated: 0, resets: 1 })
    await expect(reading()).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } })
    Object.assign(server.faults, { resets: 0, cut: 1 })
    await expect(reading()).rejects.toThrow(SyntaxError)
    expect(server.requests.entries.map(({ fault }) => fault)).toEqual(['truncated', 'resets', 'cut'])
    server.faults.cut = 0
    expect(await reading()).toMatchObject({ hello: 'wörld' })
  })

  it('redirect, or say that all is well in HTML', async () => {
    const server = await serve({ redirects: 1 })
    const moved = await fetch(server.url, { redirect: 'manual' })
    expect([moved.status, moved.headers.get('location')]).toEqual([302, '/moved'])
    Object.assign(server.faults, { redirects: 0, html: 1 })
    const page = await fetch(server.url)
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html'])
    expect(await page.text()).toContain('<!doctype html>')
  })
})
