import { setTimeout as sleep } from 'node:timers/promises'
import type { RateLimit } from '@tributary/sdk'

/** Room for the requests of one process within the sources' rate limits. */
export type Budget = {
  /** Waits for its turn; gives the milliseconds that it waited. `account` is who pays at the source. */
  take(
    account: string,
    limits: RateLimit[],
    request: { method: string; path: string },
    signal: AbortSignal,
  ): Promise<number>
}

/**
 * Each limit is a bucket by the generic cell rate algorithm: it knows only when its next request is due, and may run ahead
 * of that by its burst. Requests that wait are due one after the other, so nobody starves.
 */
export function createBudget(now: () => number = Date.now): Budget {
  const due = new Map<string, number>()
  const reserve = (key: string, limit: RateLimit) => {
    // What is due in the past says as little as nothing, and paths with ids in them are many.
    if (due.size >= MANY) for (const [old, at] of due) if (at <= now()) due.delete(old)
    const intervalMs = (limit.seconds * 1000) / limit.requests
    const at = Math.max(due.get(key) ?? 0, now())
    due.set(key, at + intervalMs)
    return at - now() - intervalMs * limit.requests * BURST
  }
  return {
    async take(account, limits, request, signal) {
      const waits = limits.flatMap((limit) => (limit.match && !matches(limit.match, request) ? [] : [reserveOf(limit)]))
      const waitMs = Math.max(0, ...waits)
      if (waitMs > 0) await sleep(waitMs, undefined, { signal })
      return waitMs

      function reserveOf(limit: RateLimit) {
        const route = limit.per === 'route' ? `${request.method} ${request.path}` : ''
        return reserve([account, limit.match ?? '', limit.requests, route].join('\0'), limit)
      }
    },
  }
}

/** A quarter of a period's requests may go out at once: full bursts collide with the customer's own traffic. */
const BURST = 0.25
const MANY = 1000

/** "GET /v1/search/*": the star stands for the rest. */
function matches(pattern: string, request: { method: string; path: string }): boolean {
  const text = `${request.method} ${request.path}`
  return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern
}
