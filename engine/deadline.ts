import { ConnectorError } from '@tributary/sdk'

export type Deadline = {
  signal: AbortSignal
  /** Lets go of the clock and of who was followed. */
  end(): void
}

/** Who has a signal: a Request, or what was given to make one. */
type Follows = { signal?: AbortSignal | null | undefined } | undefined

/**
 * Aborts after `ms`, or when one that it follows does. (Not AbortSignal.any, which in Node 20 holds its sources weakly: a
 * timeout that nobody else holds is collected, and then never fires. Nor the signal of a Request alone, which is cut off from
 * its source when the Request is collected.)
 */
export function startDeadline(host: string, ms: number, followed: Follows[] = []): Deadline {
  const controller = new AbortController()
  const late = () =>
    controller.abort(new ConnectorError('upstream_unavailable', `${host} did not answer within ${ms / 1000} s`))
  const timer = setTimeout(late, ms).unref()
  const unfollow = followed.map((source) => follow(controller, source))
  return {
    signal: controller.signal,
    end: () => {
      clearTimeout(timer)
      unfollow.forEach((stop) => stop())
    },
  }
}

/** Each of its closures holds the source, and not only its signal. */
function follow(controller: AbortController, source: Follows): () => void {
  const abort = () => controller.abort(source?.signal?.reason)
  if (source?.signal?.aborted) abort()
  source?.signal?.addEventListener('abort', abort, { once: true })
  return () => source?.signal?.removeEventListener('abort', abort)
}
