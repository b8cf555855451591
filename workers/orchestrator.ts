import type { Orchestrator } from '../activities/orchestrator.ts'
import type { Temporal } from '../temporal/client.ts'
import { ignoreMissing, pauseSchedule, wakeSync } from '../temporal/schedules.ts'
import { isRunning } from '../temporal/workflows.ts'

export const createOrchestrator = (temporal: Temporal): Orchestrator => ({
  wakeSync: (key) => wakeSync(temporal, key).catch(ignoreMissing),
  pauseSchedule: (key, note) => pauseSchedule(temporal, key, note),
  isRunning: (workflow_id) => isRunning(temporal, workflow_id),
})
