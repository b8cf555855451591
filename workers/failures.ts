/** One place turns what an activity throws into Temporal's words. Nothing of a payload or a secret may get into a history. */
import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import type { ActivityInboundCallsInterceptor, Next } from '@temporalio/worker'
import type { Logger } from 'pino'
import { isConnectorError, type ErrorCode } from '@tributary/sdk'
import { FencedError } from '../db/epochs.ts'
import { askedWait, backoff } from '../engine/retry.ts'
import { SealError } from '../engine/keyring.ts'

/** These pass by themselves, or by somebody's doing that needs no new run. All other refusals are final. */
const PASSING = new Set<ErrorCode>(['rate_limited', 'upstream_unavailable'])

/** `signal` is the activity's: aborted when Temporal tells it to stop. */
type Options = { log: Logger; signal: AbortSignal }

export const failureInterceptor = (options: Options): ActivityInboundCallsInterceptor => ({
  async execute(input, next: Next<ActivityInboundCallsInterceptor, 'execute'>) {
    try {
      return await next(input)
    } catch (error) {
      throw toFailure(error, options)
    }
  },
})

export function toFailure(error: unknown, { log, signal }: Options): Error {
  if (error instanceof CancelledFailure || error instanceof ApplicationFailure) return error
  if (signal.aborted && isAbort(error)) return new CancelledFailure('cancelled')
  if (error instanceof FencedError) return ApplicationFailure.nonRetryable(error.message, 'fenced')
  if (error instanceof SealError) return ApplicationFailure.nonRetryable(error.message, 'config_invalid')
  if (isConnectorError(error)) {
    const { code, message } = error
    if (!PASSING.has(code)) return ApplicationFailure.nonRetryable(message, code)
    return ApplicationFailure.create({ message, type: code, nextRetryDelay: askedWait(error) ?? 1000 + backoff(6) })
  }
  return unexpected(error, log)
}

/** The messages of other errors may quote data (a statement's parameters, a piece of JSON), so only their kind is told. */
function unexpected(error: unknown, log: Logger): Error {
  const { name, frames } = shapeOf(error)
  const code = codeOf(error)
  log.error({ error: { name, code, frames } }, 'an activity failed unexpectedly; it will be tried again')
  return ApplicationFailure.retryable(`unexpected ${code ? `${name} (${code})` : name}; see the worker's log`, name)
}

function shapeOf(error: unknown): { name: string; frames: string[] } {
  if (!(error instanceof Error)) return { name: typeof error, frames: [] }
  return { name: WORD.test(error.name) ? error.name : 'Error', frames: framesOf(error) }
}

/** The stack behind the message, lines of which may look like frames. */
function framesOf({ message, stack = '' }: Error): string[] {
  const start = stack.indexOf(message)
  const rest = start < 0 ? '' : stack.slice(start + message.length)
  return rest.split('\n').filter((line) => line.startsWith('    at '))
}

/** The code of a system call, or Postgres's SQLSTATE; drizzle wraps what the driver throws. */
function codeOf(error: unknown): string | undefined {
  const cause = error instanceof Error && error.cause ? error.cause : error
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined
  return typeof code === 'string' && WORD.test(code) ? code : undefined
}

/** Names and codes are words; anything else might be data. */
const WORD = /^[A-Za-z0-9_]{1,64}$/

const isAbort = (error: unknown) => error instanceof Error && error.name === 'AbortError'
