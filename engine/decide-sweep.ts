import { findCursor } from '../db/cursors.ts'
import { readFence } from '../db/epochs.ts'
import { resolveSweep } from '../db/pass-ends.ts'
import { findResourceState } from '../db/resource-states.ts'
import { findReport } from '../db/sync-reports.ts'
import { inOrg, type Tenant } from '../db/tenancy.ts'
import type { SyncRow } from '../db/syncs.ts'
import type { EngineDeps } from './deps.ts'
import type { Position } from './position.ts'
import { deleteMissing, type Generation } from './sweep.ts'

export type SweepDecision = 'confirm' | 'refuse'

/**
 * Decides a sweep that was stopped. Confirmed, what its pass has not seen is marked as deleted, but for what was heard of
 * since. undefined: there is none to be decided (any more), since a later pass has looked again. Throws FencedError where the
 * connection is stopped at this moment.
 */
export async function decideSweep(
  deps: EngineDeps,
  tenant: Tenant,
  asked: { sync: SyncRow; resource: string; decision: SweepDecision },
): Promise<{ deleted: number } | undefined> {
  const { sync, resource, decision } = asked
  const generation = await findSuspected(deps, tenant, { ...sync, sync_id: sync.served_by ?? sync.id, resource })
  if (!generation) return undefined
  const deleted = decision === 'confirm' ? await deleteMissing(deps, generation) : 0
  const decided = decision === 'confirm' ? 'confirmed' : 'refused'
  return (await inOrg(deps.db, tenant, (tx) => resolveSweep(tx, generation, decided))) ? { deleted } : undefined
}

function findSuspected(
  deps: EngineDeps,
  tenant: Tenant,
  key: { org_id: string; connection_id: string; sync_id: string; resource: string },
): Promise<Generation | undefined> {
  return inOrg(deps.db, tenant, async (tx) => {
    const report = await findReport(tx, key, key.sync_id)
    const state = await findResourceState(tx, key)
    const cursor = await findCursor(tx, key, 'full')
    if (report?.sweep !== 'suspected' || report.generation !== state?.suspected_generation || !cursor) return undefined
    const { generation } = report
    const { org_id, connection_id, sync_id, resource } = key
    const { started_ms: before } = cursor.position as Position
    // Of the connection alone: what is read of the resource meanwhile is either seen or newer.
    const { connection } = await readFence(tx, key, resource)
    return { org_id, connection_id, sync_id, resource, generation, before, fence: { connection } }
  })
}
