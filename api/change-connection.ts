import { updateConnection, type ConnectionRow } from '../db/connections.ts'
import { inOrg, type Tenant, type Tx } from '../db/tenancy.ts'
import type { RouteDeps } from './deps.ts'
import { connectionNotFound } from './find-connection.ts'

/**
 * Stores something that a connection reads with, and that the source has accepted just now: a connection that was stopped
 * goes on. Throws `not_found` where the connection was deleted meanwhile.
 */
export async function changeTried<Saved>(
  deps: RouteDeps,
  tenant: Tenant,
  connection_id: string,
  save: (tx: Tx) => Promise<Saved>,
): Promise<{ connection: ConnectionRow; saved: Saved }> {
  const key = { org_id: tenant.org_id, connection_id }
  const changed = await inOrg(deps.db, tenant, async (tx) => {
    // First, since it locks: a deletion at the same moment then leaves nothing behind.
    const row = await updateConnection(tx, key, { last_validated_at: new Date().toISOString() })
    if (!row) throw connectionNotFound(connection_id)
    const saved = await save(tx)
    if (row.status !== 'error') return { connection: row, saved }
    const going = await updateConnection(tx, key, { status: 'active', status_reason: null })
    return { connection: going ?? row, saved }
  })
  await deps.schedules.follow(key)
  return changed
}
