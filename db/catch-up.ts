import { randomUUID } from 'node:crypto'
import { and, eq, inArray, sql } from 'drizzle-orm'
import { isActive, lockConnection } from './connection-lock.ts'
import type { ConnectionKey } from './connections.ts'
import { resourceStates, syncs } from './schema/index.ts'
import type { SyncResourceRow } from './syncs.ts'
import type { Tx } from './tenancy.ts'

/** What changed while a full pass read is in what is read incrementally from its start on: so that is asked for by itself. */
export async function requestCatchUp(tx: Tx, key: ConnectionKey, reports: SyncResourceRow[]): Promise<void> {
  const passed = reports.filter(({ scan, status }) => scan === 'full' && status === 'succeeded')
  const resources = await incrementalOf(
    tx,
    key,
    passed.map(({ resource }) => resource),
  )
  // Of one that was stopped meanwhile nobody would end it: a deleted one has no schedule that could be woken.
  if (resources.length === 0 || !isActive(await lockConnection(tx, key))) return
  const request = { mode: 'incremental', trigger: 'pass', status: 'queued', requested_by: 'pass' } as const
  await tx.insert(syncs).values({ ...key, ...request, id: randomUUID(), requested_resources: resources })
}

async function incrementalOf(tx: Tx, key: ConnectionKey, resources: string[]): Promise<string[]> {
  if (resources.length === 0) return []
  const rows = await tx
    .select({ resource: resourceStates.resource })
    .from(resourceStates)
    .where(
      and(
        eq(resourceStates.org_id, key.org_id),
        eq(resourceStates.connection_id, key.connection_id),
        inArray(resourceStates.resource, resources),
        sql`${resourceStates.definition} -> 'incremental' is not null`,
      ),
    )
  return rows.map(({ resource }) => resource)
}
