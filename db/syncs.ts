import { randomUUID } from 'node:crypto'
import { and, asc, desc, eq, inArray, lt, or, sql, type SQL } from 'drizzle-orm'
import { isActive, lockConnection } from './connection-lock.ts'
import type { ConnectionKey } from './connections.ts'
import { syncResources, syncs } from './schema/index.ts'
import type { Tx } from './tenancy.ts'

export type SyncRow = typeof syncs.$inferSelect
export type SyncResourceRow = typeof syncResources.$inferSelect
export type SyncReport = SyncRow & { resources: SyncResourceRow[] }
export type SyncMode = SyncRow['mode']

/** "Sync now" is a row first; what wakes a run afterwards is only a wake. undefined: the connection was stopped or deleted. */
export async function requestSync(
  tx: Tx,
  request: ConnectionKey & { mode: SyncMode; resources: string[] | null; requested_by: string },
): Promise<SyncRow | undefined> {
  if (!isActive(await lockConnection(tx, request))) return undefined
  const { resources, ...asked } = request
  const [row] = await tx
    .insert(syncs)
    .values({ ...asked, requested_resources: resources, id: randomUUID(), trigger: 'api', status: 'queued' })
    .returning()
  return row
}

/** A sync with a row for each resource that it asked for, whichever run served it. */
export async function findSync(tx: Tx, key: { org_id: string; sync_id: string }): Promise<SyncReport | undefined> {
  const [sync] = await tx
    .select()
    .from(syncs)
    .where(and(eq(syncs.org_id, key.org_id), eq(syncs.id, key.sync_id)))
  return sync && { ...sync, resources: await resourcesOf(tx, sync) }
}

/** Newest first. `after` is the last row of the page before. */
export function listSyncs(
  tx: Tx,
  filter: {
    org_id: string
    connection_id?: string | undefined
    status?: SyncRow['status'] | undefined
    limit: number
    after?: { requested_at: string; id: string } | undefined
  },
): Promise<SyncRow[]> {
  const conditions: (SQL | undefined)[] = [eq(syncs.org_id, filter.org_id)]
  if (filter.connection_id) conditions.push(eq(syncs.connection_id, filter.connection_id))
  if (filter.status) conditions.push(eq(syncs.status, filter.status))
  if (filter.after) conditions.push(before(filter.after))
  return tx
    .select()
    .from(syncs)
    .where(and(...conditions))
    .orderBy(desc(syncs.requested_at), desc(syncs.id))
    .limit(filter.limit)
}

const before = ({ requested_at, id }: { requested_at: string; id: string }) =>
  or(lt(syncs.requested_at, requested_at), and(eq(syncs.requested_at, requested_at), lt(syncs.id, id)))

function resourcesOf(tx: Tx, sync: SyncRow): Promise<SyncResourceRow[]> {
  const asked = sync.requested_resources?.length ? inArray(syncResources.resource, sync.requested_resources) : sql`true`
  return tx
    .select()
    .from(syncResources)
    .where(and(eq(syncResources.org_id, sync.org_id), eq(syncResources.sync_id, sync.served_by ?? sync.id), asked))
    .orderBy(asc(syncResources.resource))
}
