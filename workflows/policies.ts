/** Every timeout and retry of the system, in one place. */
import { ActivityCancellationType, proxyActivities, type ActivityOptions } from '@temporalio/workflow'
import type { Activities } from '../activities/index.ts'

/** Kept equal to temporal/names.ts by a test: a workflow may import types only. */
export const PULL_QUEUE = 'tributary-pull'

/** Short work on the database. It is tried until it can be done: what it records must not be lost. */
const orchestrationOptions: ActivityOptions = {
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '24 hours',
  retry: { initialInterval: '200 ms', backoffCoefficient: 2, maximumInterval: '30 seconds' },
}

/**
 * A chunk of reading is bounded by its own clock (25 s), but for the first look at a whole file, which takes as long as that
 * takes; a worker that died is noticed by the missing heartbeat. There is no maximum of attempts, since restarts of workers
 * would use them up: the day is the limit. Back-off after a refusal is the failure's own.
 */
const pullOptions: ActivityOptions = {
  taskQueue: PULL_QUEUE,
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: '12 seconds',
  // A pass is closed, and the next may begin, only when nobody reads for it any more.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  scheduleToCloseTimeout: '24 hours',
  retry: { initialInterval: '500 ms', backoffCoefficient: 2, maximumInterval: '1 minute' },
}

/** After so many chunks a pass goes on in a new run, so that its history stays small. */
export const CHUNKS_PER_RUN = 100

export const orchestration = proxyActivities<Activities>(orchestrationOptions)
export const pull = proxyActivities<Activities>(pullOptions)
