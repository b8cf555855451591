import { ParentClosePolicy, setCurrentDetails, startChild, workflowInfo } from '@temporalio/workflow'
import type { Pass } from '../activities/index.ts'
import { backfillResource } from './backfill-resource.ts'
import { orchestration } from './policies.ts'

export type SyncConnectionInput = { org_id: string; connection_id: string }

/**
 * One run over a connection: takes the syncs that were asked for, and starts a pass over each of their resources as a
 * workflow of its own. It does not wait for them: the last pass closes the sync. History: a handful of events.
 */
export async function syncConnection(
  input: SyncConnectionInput,
): Promise<{ sync_id: string; passes: number } | 'nothing to do'> {
  const run = await orchestration.openSync({ ...input, workflow_id: workflowInfo().workflowId })
  if (!run) return 'nothing to do'
  setCurrentDetails(`Sync \`${run.sync_id}\`: ${run.passes.map((pass) => pass.resource).join(', ') || 'no resources'}`)
  for (const pass of run.passes) await startPass(pass)
  return { sync_id: run.sync_id, passes: run.passes.length }
}

function startPass(pass: Pass) {
  return startChild(backfillResource, {
    workflowId: pass.workflow_id,
    args: [{ pass }],
    parentClosePolicy: ParentClosePolicy.ABANDON,
    staticSummary: `Full pass over ${pass.resource}`,
    searchAttributes: {
      ...workflowInfo().searchAttributes,
      TributaryResource: [pass.resource],
      TributarySync: [pass.sync_id],
    },
  })
}
