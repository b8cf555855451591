import { retryAfterMs } from '@tributary/sdk'
import type { Payer } from './budget.ts'
import type { SourceClock } from './clock.ts'
import type { EngineDeps } from './deps.ts'

/** What an opened adapter has used so far. */
export type Usage = { requests: number; errors: number; throttled_ms: number }

/** The `fetch` of a connector's context: within the rate limits, counted, and a lesson about the source's clock. */
export function meteredFetch(options: {
  deps: Pick<EngineDeps, 'budget' | 'outbound'>
  payer: Payer
  clock: SourceClock
  usage: Usage
  signal: AbortSignal
}): typeof fetch {
  const { deps, payer, clock, usage, signal } = options
  return async (input, init) => {
    const given = input instanceof Request ? input : { url: input, method: 'GET', signal: undefined }
    const request = { method: (init?.method ?? given.method).toUpperCase(), path: new URL(given.url).pathname }
    const either = eitherSignal(signal, init?.signal ? init : given)
    const turn = await deps.budget.take(payer, request, either)
    usage.throttled_ms += turn.waitedMs
    usage.requests++
    const response = await deps.outbound.fetch(input, { ...init, signal: either }).finally(turn.end)
    clock.learn(response.headers.get('date'))
    const pauseMs = response.status === 429 ? retryAfterMs(response.headers.get('retry-after')) : undefined
    if (pauseMs) await deps.budget.pause(payer, request, pauseMs)
    return response
  }
}

/** Of the engine, and of the connector, where its request has one. */
function eitherSignal(ours: AbortSignal, request: { signal?: AbortSignal | null | undefined }): AbortSignal {
  if (!request.signal) return ours
  const either = AbortSignal.any([ours, request.signal])
  held.set(either, request)
  return either
}

/** AbortSignal.any in Node 20 holds its sources weakly: a timeout that a connector does not keep would never fire. */
const held = new WeakMap<AbortSignal, object>()
