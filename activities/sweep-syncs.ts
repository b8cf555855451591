import { listQuietRuns, listStaleQueued } from '../db/dispatch.ts'
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
      const workflow_id = run.resource === null ? run.workflow_id : passWorkflowId(run, run)
      if (await orchestrator.isRunning(workflow_id)) continue
      await closeLostRun(deps, run)
      closed++
    }
    const stale = await listStaleQueued(deps.db, QUEUED_TOO_LONG_SECONDS)
    for (const key of stale) await orchestrator.wakeSync(key)
    await dropOldChanges(deps.db, retention)
    await dropIdleQuotas(deps.db)
    return { woken: stale.length, closed }
  }
