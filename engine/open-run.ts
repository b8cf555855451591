import { isConnectorError } from '@tributary/sdk'
import type { Manifest } from '@tributary/sdk/manifest'
import type { ConnectionKey } from '../db/connections.ts'
import { findCursor, saveCursor } from '../db/cursors.ts'
import { readFence } from '../db/epochs.ts'
import { FEED, startPasses, type Pass } from '../db/passes.ts'
import { endRunIfDone } from '../db/sync-ends.ts'
import { claimSyncs, mayBegin, type Claim } from '../db/sync-runs.ts'
import { asWorker, inOrg, type Tx } from '../db/tenancy.ts'
import type { EngineDeps } from './deps.ts'
import { planResources } from './plan.ts'
import { isExpired, startFeed, type Position } from './position.ts'
import { stopIfHopeless } from './stop-connection.ts'

/** `queued`: more was asked for meanwhile. `stopped`: why the connection was stopped. */
export type OpenedRun = { sync_id: string; passes: Pass[]; queued: boolean; stopped?: string | undefined }

/** Takes what was asked for and starts a pass over each resource. null: there is nothing to do now. */
export async function openRun(
  deps: EngineDeps,
  input: ConnectionKey & { workflow_id: string },
  signal: AbortSignal,
): Promise<OpenedRun | null> {
  const key = { org_id: input.org_id, connection_id: input.connection_id }
  const claim = await inOrg(deps.db, asWorker(key.org_id), (tx) => claimSyncs(tx, key, input.workflow_id))
  if (!claim) return null
  try {
    return await startRun(deps, key, claim, signal)
  } catch (error) {
    if (!isConnectorError(error) || error.code === 'upstream_unavailable' || error.code === 'rate_limited') throw error
    return failRun(deps, key, claim, { code: error.code, message: error.message })
  }
}

async function startRun(deps: EngineDeps, key: ConnectionKey, claim: Claim, signal: AbortSignal): Promise<OpenedRun> {
  const { lead, resources, busy } = claim
  const { planned, manifest } = await planResources(deps, key, { mode: lead.mode, resources, busy }, signal)
  return inOrg(deps.db, asWorker(key.org_id), async (tx) => {
    if (!(await mayBegin(tx, lead))) return { ...(await endRunIfDone(tx, key, lead.id, STOPPED)), ...nothingOf(lead) }
    await openFeed(tx, key, manifest.feed, deps.time.now())
    const passes = await startPasses(tx, lead, planned)
    const { queued } = passes.length > 0 ? { queued: false } : await endRunIfDone(tx, key, lead.id)
    return { sync_id: lead.id, passes, queued }
  })
}

const STOPPED = { code: 'connection_stopped', message: 'the connection was stopped before anything was read' }
const nothingOf = (lead: { id: string }) => ({ sync_id: lead.id, passes: [] })

/**
 * Before any pass begins it is noted from where on the events tell what has changed meanwhile. A feed that has been left for
 * too long begins anew: the resources that it kept fresh are then read as a whole (see plan.ts).
 */
async function openFeed(tx: Tx, key: ConnectionKey, feed: Manifest['feed'], now: number): Promise<void> {
  if (!feed) return
  const lane = { ...key, resource: FEED }
  const held = (await findCursor(tx, lane, 'feed'))?.position as Position | undefined
  if (held?.since && !isExpired(feed, held.since, now)) return
  const { resource: epoch } = await readFence(tx, key, FEED)
  await saveCursor(tx, lane, { lane: 'feed', epoch, position: startFeed(feed, now) })
}

function failRun(deps: EngineDeps, key: ConnectionKey, claim: Claim, failure: { code: string; message: string }) {
  return inOrg(deps.db, asWorker(key.org_id), async (tx) => {
    const stopped = await stopIfHopeless(tx, key, failure)
    const { queued } = await endRunIfDone(tx, key, claim.lead.id, failure)
    return { ...nothingOf(claim.lead), queued, stopped }
  })
}
