import { ConnectorError } from '@tributary/sdk'

export type Deadline = {
  signal: AbortSignal
  /** Lets go of the clock and of the other signals. */
  end(): void
}

/**
 * Aborts after `ms`, or when one of `signals` does. (Not AbortSignal.any, which in Node 20 holds its sources weakly: a
 * timeout or a Request's signal that nobody else holds is collected, and then never fires.)
 */
export function startDeadline(host: string, ms: number, signals: (AbortSignal | null | undefined)[]): Deadline {
  const controller = new AbortController()
  const late = () =>
    controller.abort(new ConnectorError('upstream_unavailable', `${host} did not answer within ${ms / 1000} s`))
  const timer = setTimeout(late, ms).unref()
  const unfollow = signals.map((signal) => follow(controller, signal))
  return {
    signal: controller.signal,
    end: () => {
      clearTimeout(timer)
      unfollow.forEach((stop) => stop())
    },
  }
}

function follow(controller: AbortController, signal: AbortSignal | null | undefined): () => void {
  const abort = () => controller.abort(signal?.reason)
  if (signal?.aborted) abort()
  signal?.addEventListener('abort', abort, { once: true })
  return () => signal?.removeEventListener('abort', abort)
}
