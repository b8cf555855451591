import type { RateLimit } from '@tributary/sdk'
import type { SourceClock } from './clock.ts'
import type { EngineDeps } from './deps.ts'

/** What an opened adapter has used so far. */
export type Usage = { requests: number; errors: number; throttled_ms: number }

/** The `fetch` of a connector's context: within the rate limits, counted, and a lesson about the source's clock. */
export function meteredFetch(options: {
  deps: Pick<EngineDeps, 'budget' | 'outbound'>
  payer: { key: string; limits: RateLimit[] }
  clock: SourceClock
  usage: Usage
  signal: AbortSignal
}): typeof fetch {
  const { deps, payer, clock, usage, signal } = options
  return async (input, init) => {
    const given = input instanceof Request ? input : { url: input, method: 'GET' }
    const request = { method: (init?.method ?? given.method).toUpperCase(), path: new URL(given.url).pathname }
    usage.throttled_ms += await deps.budget.take(payer.key, payer.limits, request, signal)
    usage.requests++
    const response = await deps.outbound.fetch(input, { ...init, signal: bothSignals(signal, init?.signal) })
    clock.learn(response.headers.get('date'), Date.now())
    return response
  }
}

const bothSignals = (ours: AbortSignal, theirs: AbortSignal | null | undefined) =>
  theirs ? AbortSignal.any([ours, theirs]) : ours
