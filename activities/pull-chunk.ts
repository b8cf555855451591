import { CancelledFailure, Context } from '@temporalio/activity'
import type { Pass } from '../db/passes.ts'
import type { EngineDeps } from '../engine/deps.ts'
import { pullChunk as pull, type PullOutcome } from '../engine/pull.ts'

const CHUNK_MS = 25_000
/** A heartbeat is also the only way in which a cancellation arrives. */
const HEARTBEAT_MS = 1000

export const pullChunk =
  (deps: EngineDeps) =>
  async (pass: Pass): Promise<PullOutcome> => {
    const context = Context.current()
    const beat = setInterval(() => context.heartbeat(), HEARTBEAT_MS)
    try {
      const deadline = Date.now() + CHUNK_MS
      return await pull(deps, {
        pass,
        deadline,
        signal: context.cancellationSignal,
        onBatch: () => context.heartbeat(),
      })
    } catch (error) {
      // A worker that goes down hands over at the cursor; nothing has failed.
      if (isShutdown(context.cancellationSignal)) return { state: 'more' }
      throw error
    } finally {
      clearInterval(beat)
    }
  }

const isShutdown = (signal: AbortSignal): boolean =>
  signal.aborted && signal.reason instanceof CancelledFailure && signal.reason.message === 'WORKER_SHUTDOWN'
