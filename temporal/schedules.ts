import { createHash } from 'node:crypto'
import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type ScheduleHandle,
  type ScheduleOptions,
} from '@temporalio/client'
import type { Temporal } from './client.ts'
import { scheduleId, TASK_QUEUES } from './names.ts'
import { searchAttributesOf } from './search-attributes.ts'

export type ConnectionSchedule = {
  org_id: string
  connection_id: string
  connector: string
  name: string
  /** null: it never fires by itself; "sync now" triggers it all the same. */
  schedule_seconds: number | null
  paused: boolean
  note?: string | undefined
}

/** Creates a connection's schedule, or brings it to this state. */
export async function putSchedule(temporal: Temporal, schedule: ConnectionSchedule): Promise<void> {
  const options = toOptions(schedule)
  try {
    await temporal.client.schedule.create(options)
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error
    await handleOf(temporal, schedule).update((previous) => ({ ...previous, ...options, state: stateOf(schedule) }))
  }
}

export async function deleteSchedule(temporal: Temporal, key: { connection_id: string }): Promise<void> {
  await handleOf(temporal, key).delete().catch(ignoreMissing)
}

export async function pauseSchedule(temporal: Temporal, key: { connection_id: string }, note: string): Promise<void> {
  await handleOf(temporal, key).pause(note).catch(ignoreMissing)
}

/**
 * Wakes a connection: its queued syncs are in Postgres, the wake carries nothing. Two wakes at once may become one run, which
 * takes all that is queued; one that meets a run at work is kept until that ends.
 */
export async function wakeSync(temporal: Temporal, key: { connection_id: string }): Promise<void> {
  await handleOf(temporal, key).trigger(ScheduleOverlapPolicy.BUFFER_ONE)
}

const handleOf = (temporal: Temporal, key: { connection_id: string }): ScheduleHandle =>
  temporal.client.schedule.getHandle(scheduleId(key.connection_id))

const stateOf = (schedule: ConnectionSchedule) => ({
  paused: schedule.paused,
  ...(schedule.note && { note: schedule.note }),
})

function toOptions(
  schedule: ConnectionSchedule,
): ScheduleOptions<ScheduleOptions['action'] & { type: 'startWorkflow' }> {
  const { org_id, connection_id, name, connector, schedule_seconds } = schedule
  const every = schedule_seconds === null ? undefined : schedule_seconds * 1000
  return {
    scheduleId: scheduleId(connection_id),
    spec: { intervals: every ? [{ every, offset: offsetOf(connection_id, every) }] : [] },
    action: {
      type: 'startWorkflow',
      workflowType: 'syncConnection',
      workflowId: scheduleId(connection_id),
      taskQueue: TASK_QUEUES.orchestration,
      args: [{ org_id, connection_id }],
      staticSummary: `Sync ${name} (${connector})`,
      typedSearchAttributes: searchAttributesOf(schedule),
    },
    policies: { overlap: ScheduleOverlapPolicy.BUFFER_ONE, catchupWindow: '24 hours' },
    state: stateOf(schedule),
  }
}

/** Connections of one interval do not all fire at the same moment. */
const offsetOf = (connection_id: string, every: number): number =>
  createHash('sha256').update(connection_id).digest().readUInt32BE() % every

/** A connection that was deleted has no schedule, and one that the API has yet to make is woken by the sweeper. */
export function ignoreMissing(error: unknown): void {
  if (!(error instanceof ScheduleNotFoundError)) throw error
}
