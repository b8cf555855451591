import { setMaxListeners } from 'node:events'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { RateLimit } from '@tributary/sdk'
import { createProcesses, GET, payer, sleep, type Process, type Processes } from '../../stack/test-budgets.ts'

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
const seats = (inFlight: number): RateLimit[] => [{ per: 'account', inFlight }]
const take = ({ budget }: Process, limits: RateLimit[], signal = never) => budget.take(payer({ limits }), GET, signal)

/** Each process has `askers`, whose requests take so long, one after the other until time is up. */
async function drive(
  processes: Process[],
  load: { limits: RateLimit[]; askers: number; forMs: number; takesMs: () => number },
) {
  const taken = processes.map(() => 0)
  let [inFlight, most] = [0, 0]
  const end = performance.now() + load.forMs
  const one = async (process: Process, index: number) => {
    while (performance.now() < end) {
      const turn = await take(process, load.limits)
      most = Math.max(most, ++inFlight)
      taken[index]!++
      await sleep(load.takesMs())
      inFlight--
      turn.end()
    }
  }
  await world.finish(
    Promise.all(processes.flatMap((process, index) => Array.from({ length: load.askers }, () => one(process, index)))),
  )
  return { most, taken }
}

test('No more are in flight than may be, of all processes together, and all seats are used', async () => {
  const processes = start(3)
  const { most, taken } = await drive(processes, { limits: seats(5), askers: 4, forMs: 10_000, takesMs: () => 100 })
  expect(most).toBe(5)
  const total = taken.reduce((sum, count) => sum + count, 0)
  expect(total).toBeGreaterThan(5 * 100 * 0.85)
  expect(processes.reduce((sum, process) => sum + process.calls(), 0)).toBeLessThan(total / 2)
})

test('However long requests take, and whoever asks, no more are in flight than may be', async () => {
  const shape = fc.record({
    ...{ inFlight: fc.integer({ min: 1, max: 6 }), processes: fc.integer({ min: 1, max: 4 }) },
    ...{
      askers: fc.integer({ min: 1, max: 5 }),
      takesMs: fc.constantFrom(5, 200, 1500, 9000),
      databaseMs: fc.constantFrom(0, 30),
    },
  })
  await fc.assert(
    fc.asyncProperty(shape, async ({ inFlight, processes: count, askers, takesMs, databaseMs }) => {
      await world.empty()
      const processes = start(count)
      for (const { network } of processes) network.latencyMs = () => Math.random() * databaseMs
      const load = {
        limits: seats(inFlight),
        askers,
        forMs: Math.min(takesMs * 20, 20_000),
        takesMs: () => Math.random() * takesMs,
      }
      expect((await drive(processes, load)).most).toBeLessThanOrEqual(inFlight)
    }),
    { numRuns: 12 },
  )
})

test('A process that is always busy does not keep the only seat from another', async () => {
  const { taken } = await drive(start(2), { limits: seats(1), askers: 3, forMs: 120_000, takesMs: () => 100 })
  expect(Math.min(...taken)).toBeGreaterThan(150)
})

test('A seat is kept under a request that takes long, and given back after it', async () => {
  const [one, other] = start(2)
  const turn = await world.finish(take(one!, seats(1)))
  let got = 0
  const waiting = take(other!, seats(1)).then(() => (got = performance.now()))
  await world.finish(sleep(60_000))
  expect(got).toBe(0)
  const ended = performance.now()
  turn.end()
  await world.finish(waiting)
  expect(got - ended).toBeLessThanOrEqual(300)
})

test('A seat that is not used is given back', async () => {
  const [one, other] = start(2)
  await world.finish(take(one!, seats(1))).then((turn) => turn.end())
  const from = performance.now()
  await world.finish(take(other!, seats(1)))
  expect(performance.now() - from).toBeLessThanOrEqual(1000)
})

test('The seats of a process that died are free after some seconds', async () => {
  const [dead, alive] = start(2)
  await world.finish(Promise.all([take(dead!, seats(2)), take(dead!, seats(2))]))
  dead!.network.isDown = true
  const from = performance.now()
  await world.finish(take(alive!, seats(2)))
  expect(performance.now() - from).toBeLessThanOrEqual(5300)
})

test('Who is sent away by another limit leaves its seat', async () => {
  const [process] = start(1)
  const limits: RateLimit[] = [...seats(1), { per: 'account', requests: 1, seconds: 60 }]
  await world.finish(take(process!, limits)).then((turn) => turn.end())
  await expect(world.finish(take(process!, limits))).rejects.toMatchObject({ code: 'rate_limited' })
  const before = process!.calls()
  await world.finish(take(process!, seats(1)))
  expect(process!.calls()).toBe(before)
})

test('Who is stopped while it waits for a seat ends at once, and the seat goes to the next', async () => {
  const [process] = start(1)
  const stop = new AbortController()
  const turn = await world.finish(take(process!, seats(1)))
  const stopped = take(process!, seats(1), stop.signal)
  const next = take(process!, seats(1))
  await world.finish(sleep(10))
  stop.abort(new Error('enough'))
  await expect(stopped).rejects.toThrow('enough')
  turn.end()
  await world.finish(next)
})

test('Without the database nobody gets a seat', async () => {
  const [process] = start(1)
  process!.network.isDown = true
  await expect(world.finish(take(process!, seats(3)))).rejects.toMatchObject({ code: 'upstream_unavailable' })
})
