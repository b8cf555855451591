import { setTimeout as sleep } from 'node:timers/promises'
import { isConnectorError, type ConnectorError } from '@tributary/sdk'
import type { Usage } from './metered-fetch.ts'

/** A wait up to this is slept where it arises; a longer one is given back to the workflow, which waits durably. */
export const SHORT_WAIT_MS = 5000
/** No source is left alone for longer than this on its word alone. */
const MAX_WAIT_MS = 15 * 60_000
const TRIES = 6
const BASE_MS = 200

/** The source asks for more patience than an activity has. */
export class LongWait extends Error {
  override name = 'LongWait'
  readonly until: Date
  readonly reason: string
  constructor(waitMs: number, reason: string) {
    super(reason)
    this.until = new Date(Date.now() + waitMs)
    this.reason = reason
  }
}

/** Does it again after a refusal that passes by itself; anything else, and the last refusal, is thrown. */
export async function withRetries<Result>(
  run: () => Promise<Result>,
  options: { usage: Usage; signal: AbortSignal },
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run()
    } catch (error) {
      options.signal.throwIfAborted()
      if (!isPassing(error)) throw error
      options.usage.errors++
      await waitAfter(error, attempt, options)
    }
  }
}

async function waitAfter(error: ConnectorError, attempt: number, options: { usage: Usage; signal: AbortSignal }) {
  const waitMs = askedWait(error) ?? backoff(attempt)
  if (waitMs > SHORT_WAIT_MS) throw new LongWait(waitMs, error.message)
  if (attempt >= TRIES) throw error
  if (error.code === 'rate_limited') options.usage.throttled_ms += waitMs
  await sleep(waitMs, undefined, { signal: options.signal })
}

/** How long to leave the source alone by its own word, 15 minutes at most; undefined where that is no time. */
export const askedWait = ({ retryAfterMs = -1 }: ConnectorError): number | undefined =>
  Number.isFinite(retryAfterMs) && retryAfterMs >= 0 ? Math.min(retryAfterMs, MAX_WAIT_MS) : undefined

const isPassing = (error: unknown): error is ConnectorError =>
  isConnectorError(error) && (error.code === 'rate_limited' || error.code === 'upstream_unavailable')

/** Full jitter: those who failed together do not come back together. */
export const backoff = (attempt: number): number => Math.random() * Math.min(BASE_MS * 2 ** attempt, SHORT_WAIT_MS)
