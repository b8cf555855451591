import type { QuietRun } from '../db/dispatch.ts'
import { findConnection } from '../db/connections.ts'
import { findCursor, saveCursor } from '../db/cursors.ts'
import { bumpEpoch, FencedError } from '../db/epochs.ts'
import { endPass, type PassEnd, type Sweep } from '../db/pass-ends.ts'
import type { Pass } from '../db/passes.ts'
import { findResourceState } from '../db/resource-states.ts'
import { endRunIfDone } from '../db/sync-ends.ts'
import { findReport } from '../db/sync-reports.ts'
import { asWorker, inOrg, type Tx } from '../db/tenancy.ts'
import type { EngineDeps } from './deps.ts'
import { sinceStart, type Position } from './position.ts'
import { stopIfHopeless } from './stop-connection.ts'
import { sweep } from './sweep.ts'

/** More bad objects than this share, and more than a few, are no bad objects but a source that has changed. */
const BAD_SHARE = 0.05
const BAD_COUNT = 20

export type ClosedPass = { status: PassEnd['status']; queued: boolean; stopped?: string | undefined }

/** Records how a pass ended, with what is gone, and with the last one the sync. Safe to do again. */
export async function closePass(deps: EngineDeps, pass: Pass, end: PassEnd): Promise<ClosedPass> {
  const inTransaction = <Result>(work: (tx: Tx) => Promise<Result>) => inOrg(deps.db, asWorker(pass.org_id), work)
  const judged = end.status === 'succeeded' ? await inTransaction((tx) => judge(tx, pass, end)) : end
  const { ended, swept } = await sweepBehind(deps, pass, judged)
  return inTransaction(async (tx) => {
    const stopped = ended.status === 'failed' ? await stopIfHopeless(tx, pass, ended.failure) : undefined
    if (ended.status === 'succeeded' && pass.scan === 'full') await openLane(deps, tx, pass, ended.started_ms)
    const { queued } = await endPass(tx, pass, ended, swept)
    return { status: ended.status, queued, stopped }
  })
}

/** A run that is stopped while it sweeps has not failed, and whoever stopped it waits for its end. */
async function sweepBehind(
  deps: EngineDeps,
  pass: Pass,
  ended: PassEnd,
): Promise<{ ended: PassEnd; swept?: Sweep | undefined }> {
  if (ended.status !== 'succeeded' || pass.scan !== 'full') return { ended }
  try {
    return { ended, swept: await sweep(deps, pass, ended) }
  } catch (error) {
    if (error instanceof FencedError) return { ended: { status: 'cancelled' } }
    throw error
  }
}

/** What is read incrementally goes on from the start of the newest complete pass, where it has not come so far yet. */
async function openLane(deps: EngineDeps, tx: Tx, pass: Pass, started_ms: number): Promise<void> {
  const { incremental } = (await findResourceState(tx, pass))?.definition ?? {}
  const connection = await findConnection(tx, pass)
  if (!incremental || !connection) return
  const { feed } = deps.registry.getConnector(connection.connector).manifest
  const scan = incremental === 'feed' ? feed! : incremental
  const held = (await findCursor(tx, pass, 'incremental'))?.position as Position | undefined
  const opened = sinceStart(scan, started_ms)
  if (held?.since && held.field === opened.field && Date.parse(held.since) >= Date.parse(opened.since!)) return
  await saveCursor(tx, pass, { lane: 'incremental', epoch: pass.fence.resource, position: opened })
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
