import { setMaxListeners } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { RateLimit } from '@tributary/sdk'
import { createBudget, type Budget } from './budget.ts'

vi.mock('node:timers/promises', () => import('./test-sleep.ts'))
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }))
afterEach(() => void vi.useRealTimers())

const GET = { method: 'GET', path: '/v1/things' }
const never = new AbortController().signal
setMaxListeners(0, never)
const limit = (over: Partial<RateLimit> = {}): RateLimit => ({ per: 'account', requests: 20, seconds: 1, ...over })
const take = (budget: Budget, over: { account?: string; limits?: RateLimit[]; request?: typeof GET } = {}) =>
  budget.take(over.account ?? 'acct', over.limits ?? [limit()], over.request ?? GET, never)

/** When each of `count` requests that come at once may go, in ms from now. */
async function departures(count: number, ask: () => Promise<number>): Promise<number[]> {
  const start = Date.now()
  const asked = Array.from({ length: count }, () => ask().then(() => Date.now() - start))
  await vi.runAllTimersAsync()
  return Promise.all(asked)
}

const most = (times: number[], ms: number) =>
  Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + ms).length))

test('A quarter of a period goes out at once, the rest one after the other', async () => {
  const budget = createBudget()
  const times = await departures(12, () => take(budget))
  expect(times.slice(0, 6)).toEqual([0, 0, 0, 0, 0, 0])
  expect(times.slice(6)).toEqual([50, 100, 150, 200, 250, 300])
})

test('Over time the rate is held, and no period has more than a quarter too many', async () => {
  const budget = createBudget()
  const times = await departures(200, () => take(budget))
  expect(times.at(-1)).toBe((200 - 6) * 50)
  expect(most(times, 1000)).toBeLessThanOrEqual(20 * 1.25 + 1)
  expect(
    most(
      times.filter((at) => at > 0),
      1000,
    ),
  ).toBeLessThanOrEqual(20)
})

test('A limit over a long period is spread over it', async () => {
  const budget = createBudget()
  const daily = limit({ requests: 8, seconds: 80 })
  expect(await departures(5, () => take(budget, { limits: [daily] }))).toEqual([0, 0, 0, 10_000, 20_000])
})

test('Idle time saves up one burst, not more', async () => {
  const budget = createBudget()
  await departures(50, () => take(budget))
  await vi.advanceTimersByTimeAsync(3_600_000)
  const times = await departures(8, () => take(budget))
  expect(times).toEqual([0, 0, 0, 0, 0, 0, 50, 100])
})

test('Who waits is told for how long', async () => {
  const budget = createBudget()
  const waits = Array.from({ length: 8 }, () => take(budget))
  await vi.runAllTimersAsync()
  expect(await Promise.all(waits)).toEqual([0, 0, 0, 0, 0, 0, 50, 100])
})

test('Those who wait go in the order in which they came', async () => {
  const budget = createBudget()
  const order: number[] = []
  const asked = Array.from({ length: 30 }, (_, index) => take(budget).then(() => order.push(index)))
  await vi.runAllTimersAsync()
  await Promise.all(asked)
  expect(order).toEqual(order.toSorted((a, b) => a - b))
})

test('Two accounts do not wait for each other; one account does, whoever asks for it', async () => {
  const budget = createBudget()
  await departures(100, () => take(budget, { account: 'one' }))
  vi.setSystemTime(Date.now() - 4700)
  expect(await departures(6, () => take(budget, { account: 'two' }))).toEqual([0, 0, 0, 0, 0, 0])
  expect((await departures(1, () => take(budget, { account: 'one' })))[0]).toBeGreaterThan(0)
})

test('Without a limit that is meant nobody waits', async () => {
  const budget = createBudget()
  expect(most(await departures(100, () => take(budget, { limits: [] })), 1)).toBe(100)
  const others = [
    limit({ match: 'POST /v1/things' }),
    limit({ match: 'GET /v1/other*' }),
    limit({ match: 'GET /v1/thing' }),
  ]
  expect(most(await departures(100, () => take(budget, { limits: others })), 1)).toBe(100)
})

test('A pattern means its method and path, its star the rest', async () => {
  const limits = [limit({ match: 'GET /v1/things*', requests: 4 })]
  const budget = createBudget()
  const paths = ['/v1/things', '/v1/things/1', '/v1/things_2']
  let index = 0
  const next = () => take(budget, { limits, request: { method: 'GET', path: paths[index++ % paths.length]! } })
  // All that match hold one budget together.
  expect(await departures(4, next)).toEqual([0, 0, 250, 500])
})

test('Of several limits the one that is fullest decides', async () => {
  const budget = createBudget()
  const limits = [limit({ requests: 100 }), limit({ match: 'GET /v1/things*', requests: 4 })]
  expect(await departures(4, () => take(budget, { limits }))).toEqual([0, 0, 250, 500])
})

test('Per route each path has the budget for itself', async () => {
  const budget = createBudget()
  const limits = [limit({ match: 'GET /v1/*', per: 'route', requests: 4 })]
  const of = (path: string) => () => take(budget, { limits, request: { method: 'GET', path } })
  await departures(2, of('/v1/one'))
  expect(await departures(2, of('/v1/two'))).toEqual([0, 0])
  expect(await departures(1, of('/v1/one'))).toEqual([250])
})

test('Who is stopped while it waits ends at once, and others go on', async () => {
  const budget = createBudget()
  const controller = new AbortController()
  await departures(6, () => take(budget))
  const stopped = budget.take('acct', [limit()], GET, controller.signal)
  const other = take(budget)
  controller.abort()
  await expect(stopped).rejects.toMatchObject({ name: 'AbortError' })
  await vi.advanceTimersByTimeAsync(100)
  expect(await other).toBe(100)
})

test('Paths that come once are forgotten', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  let now = 0
  const budget = createBudget(() => now)
  const limits = [limit({ match: 'GET /v1/*', per: 'route', requests: 4 })]
  const visit = (path: string) => budget.take('acct', limits, { method: 'GET', path: `/v1/things/${path}` }, never)
  collect()
  const before = process.memoryUsage().heapUsed
  for (now = 0; now < 200_000_000; now += 1000) await visit(String(now))
  collect()
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(5_000_000)
})
