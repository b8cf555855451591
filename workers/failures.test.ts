import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import {
  ApplicationFailure,
  CancelledFailure,
  DefaultFailureConverter,
  defaultPayloadConverter,
} from '@temporalio/common'
import { pino } from 'pino'
import { expect, inject, test } from 'vitest'
import { ConnectorError, RateLimitError, type ErrorCode } from '@tributary/sdk'
import { createClient } from '../db/client.ts'
import { FencedError } from '../db/epochs.ts'
import { SealError } from '../engine/keyring.ts'
import { failureInterceptor, toFailure } from './failures.ts'

const SECRET = 'secret-4711'
const silent = pino({ level: 'silent' })
const going = new AbortController().signal

/** All that a history gets of an error. */
const told = (error: unknown): string =>
  JSON.stringify(new DefaultFailureConverter().errorToFailure(error, defaultPayloadConverter))

/** What becomes of an error, with the lines of the log. */
function map(error: unknown, signal = going) {
  const lines: string[] = []
  const failure = toFailure(error, { log: pino({}, { write: (line) => void lines.push(line) }), signal })
  return { failure, log: lines.join('') }
}

const finals: ErrorCode[] = [
  ...(['auth_failed', 'config_invalid', 'forbidden', 'not_found'] as const),
  ...(['invalid_request', 'cursor_expired', 'unsupported', 'invalid_payload'] as const),
]
test.each(finals)('%s is final, and keeps its code and its words', (code) => {
  const { failure } = map(new ConnectorError(code, 'x: it cannot be done', { retryAfterMs: 1 }))
  expect(failure).toBeInstanceOf(ApplicationFailure)
  expect(failure).toMatchObject({ type: code, nonRetryable: true, message: 'x: it cannot be done' })
})

const passing = [
  (options: object) => new RateLimitError('x: wait', options),
  (options: object) => new ConnectorError('upstream_unavailable', 'x: wait', options),
]
test.each(passing)('what passes by itself is tried again after as long as the source asks for', (create) => {
  const error = create({ retryAfterMs: 7000 })
  expect(map(error).failure).toMatchObject({ type: error.code, nonRetryable: false, nextRetryDelay: 7000 })
})

test('no source is left alone for longer than an activity may take, which would end it', () => {
  expect(delayOf(new RateLimitError('x: wait', { retryAfterMs: 1e12 }))).toBe(15 * 60_000)
})

test.each(passing)(
  'where the source asks for no time, retries are seconds apart and do not come together',
  (create) => {
    for (const retryAfterMs of [undefined, Number.NaN, -1, Infinity]) {
      const delays = Array.from({ length: 30 }, () => delayOf(create({ retryAfterMs })))
      expect(Math.min(...delays)).toBeGreaterThanOrEqual(1000)
      expect(Math.max(...delays)).toBeLessThanOrEqual(6000)
      expect(new Set(delays).size).toBeGreaterThan(20)
    }
  },
)

const delayOf = (error: ConnectorError) => Number((map(error).failure as ApplicationFailure).nextRetryDelay)

test('an error of a connector that has its own copy of the SDK is understood as ours', () => {
  const foreign = Object.assign(new Error('x: no'), {
    code: 'forbidden',
    [Symbol.for('tributary.ConnectorError')]: true,
  })
  expect(map(foreign).failure).toMatchObject({ type: 'forbidden', nonRetryable: true, message: 'x: no' })
})

test('what is behind the words of a connector is not told', () => {
  const cause = Object.assign(new Error(SECRET), { response: { body: SECRET } })
  const error = new ConnectorError('auth_failed', 'x: the key is not accepted', { cause })
  expect(told(map(error).failure)).not.toContain(SECRET)
  expect(told(map(new RateLimitError('x: wait', { cause })).failure)).not.toContain(SECRET)
})

test('a run that was replaced, and a key that does not open, end for good', () => {
  expect(map(new FencedError()).failure).toMatchObject({ type: 'fenced', nonRetryable: true })
  const { failure } = map(new SealError('there is no key "k2"'))
  expect(failure).toMatchObject({ type: 'config_invalid', nonRetryable: true, message: 'there is no key "k2"' })
})

test('a failure that is in the words of Temporal already stays as it is', () => {
  for (const failure of [ApplicationFailure.nonRetryable('no', 'kind'), new CancelledFailure('WORKER_SHUTDOWN')])
    expect(map(failure).failure).toBe(failure)
})

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

const foreign: [string, unknown, string][] = [
  ['a plain error', new Error(SECRET), 'unexpected Error;'],
  ['an error of a class of its own', new RangeError(SECRET), 'unexpected RangeError;'],
  ['an error behind another', new TypeError('fetch failed', { cause: coded('ECONNRESET') }), 'TypeError (ECONNRESET)'],
  ['an error with a code', coded('ENOSPC'), 'Error (ENOSPC)'],
  ['a code that is no word', coded(`${SECRET} and more`), 'unexpected Error;'],
  ['a name that is no word', Object.assign(new Error('x'), { name: `${SECRET}: 1` }), 'unexpected Error;'],
  ['lines like those of a stack', new Error(`x\n    at ${SECRET}\n    at b`), 'unexpected Error;'],
  ['words that were changed', changed(new Error(`x\n    at ${SECRET}`)), 'unexpected Error;'],
  ['members of its own', Object.assign(new Error('x'), { query: SECRET, parameters: [SECRET] }), 'unexpected Error;'],
  ['what JSON says of a text', failureOf(() => JSON.parse(SECRET)), 'unexpected SyntaxError;'],
  ['a text', SECRET, 'unexpected string;'],
  ['an object', { message: SECRET }, 'unexpected object;'],
  ['nothing', undefined, 'unexpected undefined;'],
]
test.each(foreign)('of %s only the kind is told, and it is tried again', (_what, error, words) => {
  const { failure, log } = map(error)
  expect(failure).toMatchObject({ nonRetryable: false, message: expect.stringContaining(words) })
  expect(told(failure)).not.toContain(SECRET)
  expect(log).not.toContain(SECRET)
  expect(log).toContain('an activity failed unexpectedly')
})

function coded(code: string): Error {
  return Object.assign(new Error(SECRET), { code })
}

/** Its stack has the words that it had at first. */
function changed(error: Error): Error {
  return error.stack ? Object.assign(error, { message: '—' }) : error
}

function failureOf(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return error
  }
}

test('of a failed query neither the statement nor its parameters are told, but its SQLSTATE', async () => {
  const { db, close } = createClient(inject('postgresUrl'), { max: 1 })
  const error: unknown = await db.execute(sql`select ${SECRET}::text::int`).catch((thrown: unknown) => thrown)
  await close()
  expect(String(error)).toContain(SECRET)
  const { failure, log } = map(error)
  expect(failure.message).toContain('(22P02)')
  expect(told(failure) + log).not.toContain(SECRET)
})

test('the log has the places of an unexpected error', () => {
  const { log } = map(new Error('x'))
  expect(JSON.parse(log).error.frames[0]).toContain('failures.test.ts')
})

test('the interceptor gives what an activity returns, and throws what its error becomes', async () => {
  const { execute } = failureInterceptor({ log: silent, signal: going })
  const input = { args: [1], headers: {} }
  expect(await execute!(input, ({ args }) => Promise.resolve(args))).toEqual([1])
  const failing = execute!(input, () => Promise.reject(new ConnectorError('forbidden', 'x: no')))
  await expect(failing).rejects.toMatchObject({ type: 'forbidden', nonRetryable: true })
})
