import type { EngineDeps } from '../engine/deps.ts'
import { closePass } from './close-pass.ts'
import type { Retention } from './drop-changes.ts'
import { openSync } from './open-sync.ts'
import { pullChunk } from './pull-chunk.ts'
import { sweepSyncs } from './sweep-syncs.ts'
import type { Orchestrator } from './orchestrator.ts'

export type { Pass } from '../db/passes.ts'
export type { PassEnd } from '../db/pass-ends.ts'
export type { PullOutcome } from '../engine/pull.ts'

/** What Temporal retries. Everything that they need is handed in here, once a process. */
export const createActivities = (deps: EngineDeps, orchestrator: Orchestrator, retention: Retention) => ({
  openSync: openSync(deps, orchestrator),
  pullChunk: pullChunk(deps),
  closePass: closePass(deps, orchestrator),
  sweepSyncs: sweepSyncs(deps, orchestrator, retention),
})

export type Activities = ReturnType<typeof createActivities>
