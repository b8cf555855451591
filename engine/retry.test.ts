import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ConnectorError, RateLimitError, type ErrorCode } from '@tributary/sdk'
import { askedWait, backoff, LongWait, SHORT_WAIT_MS, withRetries } from './retry.ts'

vi.mock('node:timers/promises', () => import('./test-sleep.ts'))
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }))
afterEach(() => void vi.useRealTimers())

const newUsage = () => ({ requests: 0, errors: 0, throttled_ms: 0 })
const signal = new AbortController().signal

/** Fails with each of `errors` in turn, then succeeds. */
function failing(errors: unknown[]) {
  const calls: number[] = []
  const run = () => {
    const error = errors[calls.length]
    calls.push(Date.now())
    return error === undefined ? Promise.resolve('done') : Promise.reject(error as Error)
  }
  return { run, calls }
}

/** Lets time go by until it is decided. */
async function settle<Result>(promise: Promise<Result>): Promise<Result> {
  promise.catch(() => {})
  await vi.runAllTimersAsync()
  return promise
}

const busy = (retryAfterMs?: number) => new RateLimitError('x: too many requests', { retryAfterMs })
const down = () => new ConnectorError('upstream_unavailable', 'x: away')

test('What passes by itself is tried again, and counted', async () => {
  const usage = newUsage()
  const { run, calls } = failing([down(), busy(300), down()])
  expect(await settle(withRetries(run, { usage, signal }))).toBe('done')
  expect(calls).toHaveLength(4)
  expect(usage.errors).toBe(3)
})

test('As long is waited as the source asks for, and that is told as throttled', async () => {
  const usage = newUsage()
  const { run, calls } = failing([busy(4000), busy(0)])
  await settle(withRetries(run, { usage, signal }))
  expect(calls[1]! - calls[0]!).toBe(4000)
  expect(calls[2]! - calls[1]!).toBeLessThanOrEqual(1)
  expect(usage.throttled_ms).toBe(4000)
})

const codes: ErrorCode[] = [
  ...(['auth_failed', 'config_invalid', 'forbidden', 'not_found'] as const),
  ...(['invalid_request', 'cursor_expired', 'unsupported', 'invalid_payload'] as const),
]
test.each(codes)('%s does not pass by itself, and is thrown at once', async (code) => {
  const error = new ConnectorError(code, 'x: no', { retryAfterMs: 1 })
  const { run, calls } = failing([error])
  await expect(withRetries(run, { usage: newUsage(), signal })).rejects.toBe(error)
  expect(calls).toHaveLength(1)
})

test('An error that is none of a connector is thrown at once', async () => {
  const { run, calls } = failing([new TypeError('fault')])
  await expect(withRetries(run, { usage: newUsage(), signal })).rejects.toThrow(TypeError)
  expect(calls).toHaveLength(1)
})

test('The sixth refusal in a row is the last, and is what is thrown', async () => {
  const errors = Array.from({ length: 9 }, down)
  const { run, calls } = failing(errors)
  await expect(settle(withRetries(run, { usage: newUsage(), signal }))).rejects.toBe(errors[5])
  expect(calls).toHaveLength(6)
})

test('A wait of more than seconds is given back, with its end and its reason', async () => {
  const { run, calls } = failing([busy(SHORT_WAIT_MS + 1)])
  const error: unknown = await withRetries(run, { usage: newUsage(), signal }).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(LongWait)
  expect((error as LongWait).until.getTime()).toBe(Date.now() + SHORT_WAIT_MS + 1)
  expect((error as LongWait).reason).toBe('x: too many requests')
  expect(calls).toHaveLength(1)
})

test('A wait that is no number is none: it is backed off instead', async () => {
  for (const wait of [Number.NaN, -1, Infinity, undefined]) {
    expect(askedWait(busy(wait))).toBeUndefined()
    const { run, calls } = failing([busy(wait)])
    await settle(withRetries(run, { usage: newUsage(), signal }))
    expect(calls[1]! - calls[0]!).toBeLessThanOrEqual(400)
  }
  expect(askedWait(busy(0))).toBe(0)
})

test('A source that wants to be left alone for days is asked again after 15 minutes', async () => {
  for (const wait of [16 * 60_000, 3e9, 1e18]) {
    const error: unknown = await withRetries(failing([busy(wait)]).run, { usage: newUsage(), signal }).catch(
      (thrown: unknown) => thrown,
    )
    expect((error as LongWait).until.getTime()).toBe(Date.now() + 15 * 60_000)
  }
})

test('Who is stopped while it waits waits no longer', async () => {
  const controller = new AbortController()
  const { run, calls } = failing([busy(4000), busy(4000)])
  const running = withRetries(run, { usage: newUsage(), signal: controller.signal })
  running.catch(() => {})
  await vi.advanceTimersByTimeAsync(100)
  controller.abort()
  await expect(running).rejects.toMatchObject({ name: 'AbortError' })
  expect(calls).toHaveLength(1)
})

test('What fails because it was stopped is not tried again', async () => {
  const controller = new AbortController()
  const stopped = new Error('stopped')
  const run = vi.fn(() => {
    controller.abort(stopped)
    return Promise.reject(down())
  })
  await expect(withRetries(run, { usage: newUsage(), signal: controller.signal })).rejects.toBe(stopped)
  expect(run).toHaveBeenCalledTimes(1)
})

test('Back-off grows, differs from one to the next, and stays below what is slept here', () => {
  const most = (attempt: number) => Math.max(...Array.from({ length: 300 }, () => backoff(attempt)))
  expect(most(1)).toBeLessThanOrEqual(400)
  expect(most(3)).toBeGreaterThan(most(1))
  expect(most(30)).toBeLessThanOrEqual(SHORT_WAIT_MS)
  expect(new Set(Array.from({ length: 20 }, () => backoff(2))).size).toBeGreaterThan(15)
})
