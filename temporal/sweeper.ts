import { ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client'
import type { Temporal } from './client.ts'
import { TASK_QUEUES } from './names.ts'

const SWEEPER = 'tributary-sweeper'

/** One a deployment: what a crash between two steps left behind is put right within half a minute. */
export async function ensureSweeper(
  temporal: Temporal,
  every: '30 seconds' | '1 second' = '30 seconds',
): Promise<void> {
  try {
    await temporal.client.schedule.create({
      scheduleId: SWEEPER,
      spec: { intervals: [{ every }] },
      action: {
        type: 'startWorkflow',
        workflowType: 'sweep',
        workflowId: SWEEPER,
        taskQueue: TASK_QUEUES.orchestration,
      },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
    })
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error
  }
}
