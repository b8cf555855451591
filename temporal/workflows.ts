import { WorkflowNotFoundError } from '@temporalio/client'
import type { Temporal } from './client.ts'

/** Asks workflows to stop. Those that have ended are none. */
export async function cancelWorkflows(temporal: Temporal, workflow_ids: string[]): Promise<void> {
  await Promise.all(workflow_ids.map((id) => temporal.client.workflow.getHandle(id).cancel().catch(ignoreMissing)))
}

/** Whether a workflow is at work; false too if the server has forgotten it. */
export async function isRunning(temporal: Temporal, workflow_id: string): Promise<boolean> {
  try {
    const { status } = await temporal.client.workflow.getHandle(workflow_id).describe()
    return status.name === 'RUNNING'
  } catch (error) {
    ignoreMissing(error)
    return false
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof WorkflowNotFoundError)) throw error
}
