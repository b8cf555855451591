import type { QuietRun } from '../db/dispatch.ts'
import { bumpEpoch } from '../db/epochs.ts'
import type { Pass } from '../db/passes.ts'
import { endPass, endRunIfDone, type PassEnd } from '../db/sync-ends.ts'
import { findReport } from '../db/sync-reports.ts'
import { asWorker, inOrg, type Tx } from '../db/tenancy.ts'
import type { EngineDeps } from './deps.ts'
import { stopIfHopeless } from './stop-connection.ts'

/** More bad objects than this share, and more than a few, are no bad objects but a source that has changed. */
const BAD_SHARE = 0.05
const BAD_COUNT = 20

export type ClosedPass = { status: PassEnd['status']; queued: boolean; stopped?: string | undefined }

/** Records how a pass ended, and with the last one the sync. Safe to do again. */
export function closePass(deps: EngineDeps, pass: Pass, end: PassEnd): Promise<ClosedPass> {
  return inOrg(deps.db, asWorker(pass.org_id), async (tx) => {
    const judged = end.status === 'succeeded' ? await judge(tx, pass, end) : end
    const stopped = judged.status === 'failed' ? await stopIfHopeless(tx, pass, judged.failure) : undefined
    const { queued } = await endPass(tx, pass, judged)
    return { status: judged.status, queued, stopped }
  })
}

/** Ends what a workflow that is gone has left behind. Whoever may still hold the epoch writes nothing more. */
export async function closeLostRun(deps: EngineDeps, run: QuietRun): Promise<void> {
  const failure = { code: 'interrupted', message: 'the workflow of this run is gone; ask for another sync' }
  await inOrg(deps.db, asWorker(run.org_id), async (tx) => {
    if (run.resource === null) return endRunIfDone(tx, run, run.sync_id, failure)
    await bumpEpoch(tx, run, run.resource)
    return endPass(tx, run, { status: 'failed', failure })
  })
}

async function judge(tx: Tx, pass: Pass, end: PassEnd): Promise<PassEnd> {
  const report = await findReport(tx, pass, pass.sync_id)
  const { quarantined = 0, fetched = 0 } = report ?? {}
  if (quarantined <= BAD_COUNT || quarantined <= fetched * BAD_SHARE) return end
  const message = `${quarantined} of ${fetched} objects could not be mapped; see GET /v1/quarantine?connection_id=${pass.connection_id}`
  return { status: 'failed', failure: { code: 'too_many_bad_objects', message } }
}
