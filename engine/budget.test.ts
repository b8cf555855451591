import { setMaxListeners } from 'node:events'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { RateLimit } from '@tributary/sdk'
import type { Payer } from './budget.ts'
import { createProcesses, GET, payer, rate, sleep, type Process, type Processes } from '../stack/test-budgets.ts'
import { parseKeyring } from './keyring.ts'

let world: Processes
beforeAll(async () => {
  world = await createProcesses(4)
})
afterAll(() => world.close())
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(async () => {
  vi.useRealTimers()
  await world.empty()
})

const never = new AbortController().signal
setMaxListeners(0, never)
const start = (count: number) => Array.from({ length: count }, () => world.start())
const take = ({ budget }: Process, by: Payer, request = GET) => budget.take(by, request, never)

/** When each of `count` requests that come at once may go, in ms from now. */
async function departures(count: number, ask: (index: number) => Promise<unknown>): Promise<number[]> {
  const from = performance.now()
  const all = Array.from({ length: count }, (_, index) => ask(index).then(() => Math.round(performance.now() - from)))
  return world.finish(Promise.all(all))
}

/** The most of these that lie in any time of `ms`. */
const most = (times: number[], ms: number) =>
  Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + ms).length))

type Load = { limit: { requests: number; seconds: number }; total: number; askers: number; latencyMs: () => number }

/** Each process has `askers` that ask one after the other, until so many in all have come to the source. When did each arrive? */
async function drive(processes: Process[], { limit, total, askers, latencyMs }: Load): Promise<number[]> {
  const arrivals: number[] = []
  let left = total
  const one = async (process: Process, connection: string) => {
    while (left-- > 0) {
      const turn = await take(process, payer({ connection, limits: [{ per: 'account', ...limit }] }))
      await sleep(latencyMs() / 8)
      arrivals.push(performance.now())
      await sleep(latencyMs())
      turn.end()
    }
  }
  await world.finish(
    Promise.all(processes.flatMap((process) => Array.from({ length: askers }, (_, n) => one(process, `${n}`)))),
  )
  return arrivals
}

const calls = (processes: Process[]) => processes.reduce((sum, process) => sum + process.calls(), 0)
const jitter = (least: number, most: number) => () => least + Math.random() * (most - least)

test('Requests lie one after the other, at nine tenths of the rate', async () => {
  const [process] = start(1)
  const times = await departures(10, () => take(process!, payer({ limits: [rate(10)] })))
  expect(times).toEqual([0, 112, 223, 334, 445, 556, 667, 778, 889, 1000])
})

test('A limit of a long period that was idle lets a twentieth of it go at once, and not more after a longer time', async () => {
  const [process] = start(1)
  const limits = [rate(2000, 100)]
  const first = await departures(120, () => take(process!, payer({ limits })))
  vi.advanceTimersByTime(3_600_000)
  const later = await departures(120, () => take(process!, payer({ limits })))
  for (const times of [first, later]) {
    const atOnce = times.filter((at) => at === 0).length
    expect(atOnce).toBeGreaterThan(80)
    expect(atOnce).toBeLessThanOrEqual(100)
  }
})

test.each([1, 2, 4])(
  '%i processes together keep within the limit, use nine tenths of it, and rarely ask the database',
  async (count) => {
    const processes = start(count)
    for (const { network } of processes) network.latencyMs = jitter(0, 5)
    const load = { limit: { requests: 100, seconds: 1 }, total: 700, askers: 60 / count, latencyMs: jitter(100, 300) }
    const arrivals = await drive(processes, load)
    expect(most(arrivals, 1000)).toBeLessThanOrEqual(100)
    const seconds = (Math.max(...arrivals) - Math.min(...arrivals)) / 1000
    expect(arrivals.length / seconds).toBeGreaterThan(86)
    expect(calls(processes)).toBeLessThan(700 / 4)
  },
)

test('Processes that all want much have equal shares', async () => {
  const processes = start(4)
  const shares = await world.finish(Promise.all(processes.map(countTaken)))
  expect(Math.max(...shares)).toBeLessThan(Math.min(...shares) * 1.5)

  /** How many requests of 20 askers, the later processes' being late, go until ten seconds are over. */
  async function countTaken(process: Process, index: number) {
    await sleep(index * 300)
    let taken = 0
    const one = async () => {
      while (performance.now() < 10_000) {
        await take(process, payer({ limits: [rate(100)] }))
        taken++
        await sleep(100)
      }
    }
    await Promise.all(Array.from({ length: 20 }, one))
    return taken
  }
})

test.each([
  [2, 0.95],
  [4, 0.8],
])(
  'Where %i askers of each of four processes leave room, slots are not wasted on those who do not ask',
  async (askers, share) => {
    const processes = start(4)
    for (const { network } of processes) network.latencyMs = jitter(0, 2)
    const load = { limit: { requests: 100, seconds: 1 }, total: 600, askers, latencyMs: jitter(100, 260) }
    const arrivals = await drive(processes, load)
    const withoutLimitMs = (600 * 180 * (1 + 1 / 8)) / (4 * askers)
    expect(withoutLimitMs / (Math.max(...arrivals) - Math.min(...arrivals))).toBeGreaterThan(share)
  },
)

test('Whatever is asked for, by however many, no period at the source has more than the limit', async () => {
  const limit = fc.record({ requests: fc.integer({ min: 1, max: 300 }), seconds: fc.constantFrom(1, 2, 10) })
  const shape = fc.record({
    ...{ limit, processes: fc.integer({ min: 1, max: 4 }), askers: fc.integer({ min: 1, max: 20 }) },
    ...{
      databaseMs: fc.constantFrom(0, 1, 20),
      sourceMs: fc.constantFrom(1, 30, 200),
      restMs: fc.constantFrom(0, 700),
    },
  })
  await fc.assert(
    fc.asyncProperty(shape, async ({ limit, processes: count, askers, databaseMs, sourceMs, restMs }) => {
      await world.empty()
      const processes = start(count)
      for (const { network } of processes) network.latencyMs = jitter(0, databaseMs)
      const total = Math.min(150, Math.ceil((limit.requests / limit.seconds) * 4))
      const latencyMs = () => (Math.random() < 0.1 ? restMs / 20 : 0) + Math.random() * sourceMs
      const arrivals = await drive(processes, { limit, total, askers, latencyMs })
      expect(arrivals).toHaveLength(total)
      expect(most(arrivals, limit.seconds * 1000)).toBeLessThanOrEqual(limit.requests)
    }),
    { numRuns: 25 },
  )
})

test('What a process has leased and does not use, because it is dead, holds up nobody', async () => {
  const [dead, alive] = start(2)
  const limits = [rate(100)]
  await departures(60, () => take(dead!, payer({ limits })))
  // The dead one's last slice may lie ahead still.
  const times = await departures(50, () => take(alive!, payer({ limits })))
  expect(times.at(-1)! - times[0]!).toBeLessThanOrEqual(50 * 11.2)
  expect(times[0]).toBeLessThanOrEqual(500)
})

test('A slot that nobody used goes by: later no more go at once than before', async () => {
  const [process] = start(1)
  const limits = [rate(100)]
  await departures(60, () => take(process!, payer({ limits })))
  vi.advanceTimersByTime(60_000)
  const times = await departures(60, () => take(process!, payer({ limits })))
  expect(most(times, 100)).toBeLessThanOrEqual(10)
})

test('Who waits is told for how long', async () => {
  const [process] = start(1)
  const from = performance.now()
  const turns = await world.finish(
    Promise.all(
      Array.from({ length: 20 }, async () => {
        const { waitedMs } = await take(process!, payer())
        return performance.now() - from - waitedMs
      }),
    ),
  )
  expect(turns).toEqual(Array.from({ length: 20 }, () => 0))
})

test('Two accounts do not wait for each other; one account does, whatever connection asks for it', async () => {
  const [process] = start(1)
  await departures(20, () => take(process!, payer({ connection: 'a' })))
  expect((await departures(1, () => take(process!, payer({ key: 'other' }))))[0]).toBe(0)
  expect((await departures(1, () => take(process!, payer({ connection: 'b' }))))[0]).toBeGreaterThan(0)
})

test('One connection’s many requests do not starve another’s few, nor a backfill a live read', async () => {
  const [process] = start(1)
  const order: string[] = []
  const ask = (connection: string, priority: Payer['priority']) =>
    take(process!, payer({ connection, priority })).then(() => order.push(`${connection} ${priority}`))
  const many = Array.from({ length: 50 }, () => ask('many', 'backfill'))
  const few = Array.from({ length: 3 }, () => ask('few', 'backfill'))
  const live = ask('many', 'live')
  await world.finish(Promise.all([...many, ...few, live]))
  expect(order.indexOf('many live')).toBeLessThanOrEqual(1)
  expect(order.lastIndexOf('few backfill')).toBeLessThanOrEqual(8)
})

test('Without a limit that is meant nobody waits, and the database is not asked', async () => {
  const [process] = start(1)
  const others = ['POST /v1/things', 'GET /v1/other*', 'GET /v1/thing'].map((match) => ({ ...rate(1), match }))
  for (const limits of [[], others])
    expect(new Set(await departures(100, () => take(process!, payer({ limits }))))).toEqual(new Set([0]))
  expect(calls([process!])).toBe(0)
})

test('A pattern means its method and path, its star the rest, and all that match hold it together', async () => {
  const [process] = start(1)
  const limits = [{ ...rate(4), match: 'GET /v1/things*' }]
  const paths = ['/v1/things', '/v1/things/1', '/v1/things_2']
  const times = await departures(4, (n) => take(process!, payer({ limits }), { method: 'GET', path: paths[n % 3]! }))
  expect(times.at(-1)).toBeGreaterThanOrEqual(3 * 277)
})

test('Per route each path has the limit for itself', async () => {
  const [process] = start(1)
  const limits: RateLimit[] = [{ ...rate(4), match: 'GET /v1/*', per: 'route' }]
  const of = (path: string) => take(process!, payer({ limits }), { method: 'GET', path })
  expect(await departures(4, (n) => of(`/v1/${n}`))).toEqual([0, 0, 0, 0])
  expect((await departures(1, () => of('/v1/1')))[0]).toBeGreaterThanOrEqual(277)
})

test('Of several limits each is kept, and what one holds back does not hold back the others', async () => {
  const processes = start(2)
  for (const { network } of processes) network.latencyMs = jitter(0, 3)
  const limits = [rate(100), { ...rate(10), match: 'GET /slow' }]
  const arrivals: Record<string, number[]> = { '/slow': [], '/fast': [] }
  const one = async (process: Process, path: string) => {
    while (performance.now() < 6000) {
      await take(process, payer({ limits, connection: path }), { method: 'GET', path })
      arrivals[path]!.push(performance.now())
      await sleep(50)
    }
  }
  const askers = Array.from({ length: 12 }, () =>
    processes.flatMap((process) => [one(process, '/slow'), one(process, '/fast')]),
  )
  await world.finish(Promise.all(askers.flat()))
  const all = [...arrivals['/slow']!, ...arrivals['/fast']!].filter((at) => at < 6000)
  expect(most(all, 1000)).toBeLessThanOrEqual(100)
  expect(all.length).toBeGreaterThan(6 * 80)
  // A request holds its slot of the slower limit while it waits for one of the faster: in each process one may go late.
  expect(most(arrivals['/slow']!, 1000)).toBeLessThanOrEqual(10 + processes.length)
  expect(arrivals['/slow']!.filter((at) => at < 6000).length).toBeGreaterThan(6 * 8)
})

test('A pause by one process is kept by all, by those too that wait already', async () => {
  const [one, other] = start(2)
  const limits = [rate(100)]
  const from = performance.now()
  const arrivals: number[] = []
  const ask = async (process: Process) => {
    await take(process, payer({ limits }))
    arrivals.push(performance.now() - from)
  }
  const waiting = [one!, other!].flatMap((process) => Array.from({ length: 40 }, () => ask(process)))
  await world.finish(sleep(200))
  await world.finish(one!.budget.pause(payer({ limits }), GET, 3000))
  await world.finish(Promise.all(waiting))
  // What the other had leased already is half a second's at most.
  expect(arrivals.filter((at) => at > 700 && at < 3200)).toEqual([])
  expect(arrivals.filter((at) => at >= 3200).length).toBeGreaterThan(20)
})

test('During a long pause everybody is sent away with the time to wait, and then served again', async () => {
  const [one, other] = start(2)
  const waiting = Promise.allSettled(Array.from({ length: 9 }, () => take(one!, payer())))
  await world.finish(sleep(60))
  await world.finish(one!.budget.pause(payer(), GET, 60_000))
  const results = await world.finish(waiting)
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  expect(refused.length).toBeGreaterThan(5)
  const waits = refused.map(({ code, retryAfterMs }) => (code === 'rate_limited' ? retryAfterMs : 0))
  expect(Math.min(...waits)).toBeGreaterThan(59_000)
  expect(new Set(waits).size).toBe(waits.length)

  await expect(world.finish(take(other!, payer()))).rejects.toMatchObject({
    name: 'RateLimitError',
    code: 'rate_limited',
  })
  const before = calls([one!, other!])
  for (const process of [one!, other!]) await expect(world.finish(take(process, payer()))).rejects.toThrow('wait')
  expect(calls([one!, other!])).toBe(before)
  vi.advanceTimersByTime(56_000)
  expect((await departures(1, () => take(other!, payer())))[0]).toBeGreaterThan(3000)
})

test('A pause concerns the limits of the request that met it, and no other account or endpoint', async () => {
  const [one, other] = start(2)
  const limits: RateLimit[] = [
    { ...rate(20), match: 'GET /v1/things' },
    { ...rate(20), match: 'GET /v1/other' },
  ]
  await world.finish(one!.budget.pause(payer({ limits }), GET, 60_000))
  await expect(world.finish(take(other!, payer({ limits })))).rejects.toMatchObject({ code: 'rate_limited' })
  expect(await departures(1, () => take(other!, payer({ limits }), { method: 'GET', path: '/v1/other' }))).toEqual([0])
  expect(await departures(1, () => take(other!, payer({ limits, key: 'else' })))).toEqual([0])
})

test('Where a slot would be due much later, none is taken: the next that comes in time has it', async () => {
  const [one, other] = start(2)
  const limits = [rate(1, 60)]
  await world.finish(take(one!, payer({ limits })))
  for (const process of [one!, other!, one!, other!])
    await expect(world.finish(take(process, payer({ limits })))).rejects.toMatchObject({ code: 'rate_limited' })
  vi.advanceTimersByTime(64_000)
  expect((await departures(1, () => take(other!, payer({ limits }))))[0]).toBeLessThan(3000)
})

test('Without the database nothing goes out that a limit is meant for, until it is back', async () => {
  const [process] = start(1)
  process!.network.isDown = true
  const asked = Promise.allSettled([take(process!, payer()), take(process!, payer())])
  for (const { reason } of (await world.finish(asked)) as PromiseRejectedResult[])
    expect(reason).toMatchObject({ name: 'ConnectorError', code: 'upstream_unavailable' })
  await expect(world.finish(process!.budget.pause(payer(), GET, 1000))).resolves.toBeUndefined()
  process!.network.isDown = false
  expect(await departures(1, () => take(process!, payer({ key: 'else' })))).toEqual([0])
})

test('A database that does not answer is not waited for', async () => {
  const [process] = start(1)
  process!.network.latencyMs = () => 3_600_000
  const from = performance.now()
  await expect(world.finish(take(process!, payer()))).rejects.toMatchObject({ code: 'upstream_unavailable' })
  expect(performance.now() - from).toBeLessThanOrEqual(5000)
})

test('A database that is slow slows down, and no more', async () => {
  const [process] = start(1)
  process!.network.latencyMs = () => 150
  const times = await departures(30, () => take(process!, payer({ limits: [rate(20)] })))
  expect(times.at(-1)).toBeLessThan(30 * 150)
})

test('When the database becomes slow, slots are leased so far ahead that they come in time', async () => {
  const [process] = start(1)
  await departures(5, () => take(process!, payer({ limits: [rate(20)] })))
  process!.network.latencyMs = () => 150
  const tooLate = sleep(30_000).then(() => Promise.reject(new Error('nothing went out')))
  const gone = departures(10, () => take(process!, payer({ limits: [rate(20)] })))
  expect(await Promise.race([gone, tooLate])).toHaveLength(10)
})

test('Who is stopped while it waits ends at once with the reason, and others go on', async () => {
  const [process] = start(1)
  const stop = new AbortController()
  const reason = new Error('enough')
  const others = Promise.all(Array.from({ length: 5 }, () => take(process!, payer())))
  const stopped = process!.budget.take(payer(), GET, stop.signal)
  const ended = stopped.catch((error: unknown) => [error, performance.now()])
  await world.finish(sleep(60))
  stop.abort(reason)
  const at = performance.now()
  expect(await ended).toEqual([reason, at])
  await world.finish(others)
  await expect(process!.budget.take(payer(), GET, AbortSignal.abort(reason))).rejects.toBe(reason)
})

test('The keys in the table are the same for all processes, tell no account, and need the secret to be checked', async () => {
  const other = parseKeyring(`k1:${Buffer.alloc(32, 8).toString('base64')}`)
  const keysOf = async (process: Process) => {
    await world.empty()
    await world.finish(take(process, payer({ key: 'acct_1' })))
    return (await process.db.execute<{ key: string }>('select key from quotas')).map(({ key }) => key)
  }
  const [first, second] = [await keysOf(world.start()), await keysOf(world.start())]
  expect(first).toHaveLength(1)
  expect(second).toEqual(first)
  expect(await keysOf(world.start({ keyring: other }))).not.toEqual(first)
  expect(first[0]).toMatch(/^[\w-]{43}$/)
})
