import { isConnectorError } from '@tributary/sdk'
import type { ConnectionKey } from '../db/connections.ts'
import { startPasses, type Pass } from '../db/passes.ts'
import { endRunIfDone } from '../db/sync-ends.ts'
import { claimSyncs, type Claim } from '../db/sync-runs.ts'
import { asWorker, inOrg } from '../db/tenancy.ts'
import type { EngineDeps } from './deps.ts'
import { planResources } from './plan.ts'
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
  const resources = await planResources(deps, key, claim.resources, signal)
  return inOrg(deps.db, asWorker(key.org_id), async (tx) => {
    const passes = await startPasses(tx, claim.lead, resources)
    const { queued } = passes.length > 0 ? { queued: false } : await endRunIfDone(tx, key, claim.lead.id)
    return { sync_id: claim.lead.id, passes, queued }
  })
}

function failRun(deps: EngineDeps, key: ConnectionKey, claim: Claim, failure: { code: string; message: string }) {
  return inOrg(deps.db, asWorker(key.org_id), async (tx) => {
    const stopped = await stopIfHopeless(tx, key, failure)
    const { queued } = await endRunIfDone(tx, key, claim.lead.id, failure)
    return { sync_id: claim.lead.id, passes: [], queued, stopped }
  })
}
