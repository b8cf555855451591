/** One place turns what an activity throws into Temporal's words. Nothing of a payload or a secret may get into a history. */
import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import type { ActivityInboundCallsInterceptor, Next } from '@temporalio/worker'
import type { Logger } from 'pino'
import { isConnectorError, type ErrorCode } from '@tributary/sdk'
import { FencedError } from '../db/epochs.ts'
import { backoff } from '../engine/retry.ts'
import { SealError } from '../engine/keyring.ts'

/** These pass by themselves, or by somebody's doing that needs no new run. All other refusals are final. */
const PASSING = new Set<ErrorCode>(['rate_limited', 'upstream_unavailable'])

export const failureInterceptor = (log: Logger): ActivityInboundCallsInterceptor => ({
  async execute(input, next: Next<ActivityInboundCallsInterceptor, 'execute'>) {
    try {
      return await next(input)
    } catch (error) {
      throw toFailure(error, log)
    }
  },
})

export function toFailure(error: unknown, log: Logger): Error {
  if (error instanceof CancelledFailure || error instanceof ApplicationFailure) return error
  if (isAbort(error)) return new CancelledFailure('cancelled')
  if (error instanceof FencedError) return ApplicationFailure.nonRetryable(error.message, 'fenced')
  if (error instanceof SealError) return ApplicationFailure.nonRetryable(error.message, 'config_invalid')
  if (isConnectorError(error)) {
    const { code, message, retryAfterMs } = error
    if (!PASSING.has(code)) return ApplicationFailure.nonRetryable(message, code)
    return ApplicationFailure.create({ message, type: code, nextRetryDelay: retryAfterMs ?? 1000 + backoff(6) })
  }
  return unexpected(error, log)
}

/** The messages of other errors may quote data (a statement's parameters, a piece of JSON), so only their kind is told. */
function unexpected(error: unknown, log: Logger): Error {
  const { name, frames } = shapeOf(error)
  const code = sqlState(error)
  log.error({ error: { name, code, frames } }, 'an activity failed unexpectedly; it will be tried again')
  return ApplicationFailure.retryable(
    code ? `the database refused (SQLSTATE ${code})` : `unexpected ${name}; see the worker's log`,
    name,
  )
}

function shapeOf(error: unknown): { name: string; frames: string[] } {
  if (!(error instanceof Error)) return { name: typeof error, frames: [] }
  return { name: error.name, frames: (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at ')) }
}

function sqlState(error: unknown): string | undefined {
  const cause = error instanceof Error && error.cause ? error.cause : error
  return typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string'
    ? cause.code
    : undefined
}

const isAbort = (error: unknown) => error instanceof Error && error.name === 'AbortError'
