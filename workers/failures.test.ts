import { setTimeout as sleep } from 'node:timers/promises'
import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { toFailure } from './failures.ts'

const going = new AbortController().signal

/** What becomes of an error, with the lines of the log. */
function map(error: unknown, signal = going) {
  const lines: string[] = []
  const failure = toFailure(error, { log: pino({}, { write: (line) => void lines.push(line) }), signal })
  return { failure, log: lines.join('') }
}

test('who was told to stop, and stops, was cancelled', async () => {
  const stop = new AbortController()
  const sleeping = sleep(60_000, undefined, { signal: stop.signal }).catch((error: unknown) => error)
  stop.abort(new CancelledFailure('CANCELLED'))
  const { failure, log } = map(await sleeping, stop.signal)
  expect(failure).toBeInstanceOf(CancelledFailure)
  expect(log).toBe('')
})

test('an abort that nobody asked for is no cancellation: it is tried again', () => {
  const { failure } = map(new DOMException('This operation was aborted', 'AbortError'))
  expect(failure).toBeInstanceOf(ApplicationFailure)
  expect(failure).toMatchObject({ type: 'AbortError', nonRetryable: false })
})
