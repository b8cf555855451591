import { getEventListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, expect, test, vi } from 'vitest'
import { startDeadline } from './deadline.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

afterEach(() => void vi.useRealTimers())

test('Who has not answered when the time is over is named, with the time', async () => {
  vi.useFakeTimers()
  const { signal } = startDeadline('api.example.com', 1500)
  await vi.advanceTimersByTimeAsync(1499)
  expect(signal.aborted).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect(signal.reason).toMatchObject({
    code: 'upstream_unavailable',
    message: 'api.example.com did not answer within 1.5 s',
  })
})

test('It ends with whichever it follows, for the reason of that one', () => {
  const [first, second] = [new AbortController(), new AbortController()]
  const { signal, end } = startDeadline('x', 60_000, [undefined, {}, { signal: null }, first, second])
  expect(signal.aborted).toBe(false)
  second.abort('enough')
  first.abort('too late')
  expect(signal.reason).toBe('enough')
  end()
})

test('Who was aborted before is followed at once', () => {
  const { signal, end } = startDeadline('x', 60_000, [{ signal: AbortSignal.abort('before') }])
  expect(signal.reason).toBe('before')
  end()
})

test('After its end it holds no clock and follows nobody', () => {
  vi.useFakeTimers()
  const caller = new AbortController()
  const { signal, end } = startDeadline('x', 60_000, [caller])
  expect([vi.getTimerCount(), getEventListeners(caller.signal, 'abort').length]).toEqual([1, 1])
  end()
  expect([vi.getTimerCount(), getEventListeners(caller.signal, 'abort').length]).toEqual([0, 0])
  caller.abort()
  expect(signal.aborted).toBe(false)
})

/** Lets the collector have what nobody holds. */
async function forget(): Promise<void> {
  for (let time = 0; time < 5; time++) {
    collect()
    await sleep(5)
  }
}

test('A timeout that only it holds ends it', async () => {
  const deadline = startDeadline('x', 60_000, [{ signal: AbortSignal.timeout(200) }])
  await forget()
  await vi.waitFor(() => expect(deadline.signal.reason).toMatchObject({ name: 'TimeoutError' }), 10_000)
  deadline.end()
})

test('A Request that only it holds ends it when its caller does', async () => {
  const caller = new AbortController()
  const deadline = startDeadline('x', 60_000, [new Request('https://example.com', { signal: caller.signal })])
  await forget()
  caller.abort('enough')
  expect(deadline.signal.reason).toBe('enough')
  deadline.end()
})
