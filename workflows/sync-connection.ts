import { continueAsNew, ParentClosePolicy, setCurrentDetails, startChild, workflowInfo } from '@temporalio/workflow'
import type { Pass } from '../activities/index.ts'
import { backfillResource } from './backfill-resource.ts'
import { orchestration } from './policies.ts'
import { isLong, runPass } from './run-pass.ts'

/** `unread`: of a run whose history was long enough. */
export type SyncConnectionInput = { org_id: string; connection_id: string; unread?: Pass[] }
type Outcome = { sync_id: string; passes: number } | 'nothing to do'

/** Reads at once: one resource that has much to tell does not starve the others. */
const AT_ONCE = 4

/**
 * One run over a connection: takes the syncs that were asked for, starts each full pass as a workflow of its own, and reads
 * what is new of the rest itself. It does not wait for the full passes: the last pass of all closes the sync.
 */
export async function syncConnection(input: SyncConnectionInput): Promise<Outcome> {
  if (input.unread) return readOn(input, input.unread)
  const run = await orchestration.openSync({ ...input, workflow_id: workflowInfo().workflowId })
  if (!run) return 'nothing to do'
  setCurrentDetails(`Sync \`${run.sync_id}\`: ${run.passes.map((pass) => pass.resource).join(', ') || 'no resources'}`)
  for (const pass of run.passes.filter(isLong)) await startPass(pass)
  const short = run.passes.filter((pass) => !isLong(pass))
  await readAll(input, short)
  return { sync_id: run.sync_id, passes: run.passes.length }
}

async function readOn(input: SyncConnectionInput, unread: Pass[]): Promise<Outcome> {
  await readAll(input, unread)
  return { sync_id: unread[0]!.sync_id, passes: unread.length }
}

async function readAll({ org_id, connection_id }: SyncConnectionInput, passes: Pass[]): Promise<void> {
  const waiting = [...passes]
  const unread: Pass[] = []
  const readNext = async () => {
    for (let pass = waiting.shift(); pass; pass = waiting.shift())
      if ((await runPass(pass)) === 'more') unread.push(pass)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, readNext))
  if (unread.length > 0) await continueAsNew<typeof syncConnection>({ org_id, connection_id, unread })
}

function startPass(pass: Pass) {
  return startChild(backfillResource, {
    workflowId: pass.workflow_id,
    args: [{ pass }],
    parentClosePolicy: ParentClosePolicy.ABANDON,
    staticSummary: pass.scan === 'rederive' ? `Records of ${pass.resource} anew` : `Full pass over ${pass.resource}`,
    searchAttributes: {
      ...workflowInfo().searchAttributes,
      TributaryResource: [pass.resource],
      TributarySync: [pass.sync_id],
    },
  })
}
