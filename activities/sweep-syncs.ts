import { listQuietRuns, listStaleQueued, type QuietRun } from '../db/dispatch.ts'
import { passWorkflowId } from '../db/passes.ts'
import { dropIdleQuotas } from '../db/quotas.ts'
import { closeLostRun } from '../engine/close-pass.ts'
import type { EngineDeps } from '../engine/deps.ts'
import { dropOldChanges, type Retention } from './drop-changes.ts'
import type { Orchestrator } from './orchestrator.ts'

const QUEUED_TOO_LONG_SECONDS = 15
const QUIET_TOO_LONG_SECONDS = 60

/** Wakes connections whose wake was lost, closes runs whose workflow is gone, and drops what need not be kept any more. */
export const sweepSyncs =
  (deps: EngineDeps, orchestrator: Orchestrator, retention: Retention) =>
  async (): Promise<{ woken: number; closed: number }> => {
    let closed = 0
    for (const run of await listQuietRuns(deps.db, QUIET_TOO_LONG_SECONDS)) {
      if (await isAtWork(orchestrator, run)) continue
      await closeLostRun(deps, run)
      closed++
    }
    const woken = await wakeStale(deps, orchestrator)
    await dropOldChanges(deps.db, retention)
    await dropIdleQuotas(deps.db)
    return { woken, closed }
  }

/** One that cannot be woken keeps no other asleep: it is tried again by the next sweep. */
async function wakeStale(deps: EngineDeps, orchestrator: Orchestrator): Promise<number> {
  let woken = 0
  for (const key of await listStaleQueued(deps.db, QUEUED_TOO_LONG_SECONDS))
    try {
      await orchestrator.wakeSync(key)
      woken++
    } catch (error) {
      const facts = { connection_id: key.connection_id, error: (error as Error).name }
      deps.log.warn(facts, 'could not wake a connection that has a sync queued')
    }
  return woken
}

/** On a busy server, the run's own workflow may have yet to start that of a pass. */
const isAtWork = async (orchestrator: Orchestrator, run: QuietRun): Promise<boolean> =>
  (await orchestrator.isRunning(run.workflow_id)) ||
  (run.resource !== null && (await orchestrator.isRunning(passWorkflowId(run, run))))
