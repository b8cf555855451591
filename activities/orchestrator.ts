import type { ConnectionKey } from '../db/connections.ts'

/** What activities need of Temporal's client. The workers hand it in, so that nothing here depends on it. */
export type Orchestrator = {
  wakeSync(key: ConnectionKey): Promise<void>
  /** Stops a connection's schedule; the note says why. */
  pauseSchedule(key: ConnectionKey, note: string): Promise<void>
  isRunning(workflow_id: string): Promise<boolean>
}
