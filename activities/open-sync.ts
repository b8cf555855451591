import { cancellationSignal } from '@temporalio/activity'
import type { EngineDeps } from '../engine/deps.ts'
import { openRun, type OpenedRun } from '../engine/open-run.ts'
import type { Orchestrator } from './orchestrator.ts'

type Input = { org_id: string; connection_id: string; workflow_id: string }

export const openSync =
  (deps: EngineDeps, orchestrator: Orchestrator) =>
  async (input: Input): Promise<Pick<OpenedRun, 'sync_id' | 'passes'> | null> => {
    const run = await openRun(deps, input, cancellationSignal())
    if (!run) return null
    if (run.stopped) await orchestrator.pauseSchedule(input, run.stopped)
    if (run.queued) await orchestrator.wakeSync(input)
    return { sync_id: run.sync_id, passes: run.passes }
  }
