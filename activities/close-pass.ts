import type { Pass } from '../db/passes.ts'
import type { PassEnd } from '../db/pass-ends.ts'
import { closePass as closeInDatabase } from '../engine/close-pass.ts'
import type { EngineDeps } from '../engine/deps.ts'
import type { Orchestrator } from './orchestrator.ts'

export const closePass =
  (deps: EngineDeps, orchestrator: Orchestrator) =>
  async ({ pass, end }: { pass: Pass; end: PassEnd }): Promise<{ status: PassEnd['status'] }> => {
    const closed = await closeInDatabase(deps, pass, end)
    if (closed.stopped) await orchestrator.pauseSchedule(pass, closed.stopped)
    if (closed.queued) await orchestrator.wakeSync(pass)
    return { status: closed.status }
  }
