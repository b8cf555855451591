/** What is asked across orgs, by the dispatcher's functions: ids and states only. */
import { sql } from 'drizzle-orm'
import type { Database } from './client.ts'
import type { ConnectionKey } from './connections.ts'
import type { Scan } from './passes.ts'

/** A run that has not moved for long. Without a resource: it has not even started a pass. */
export type QuietRun = ConnectionKey & { sync_id: string; workflow_id: string } & (
    { resource: null; generation: null; scan: null } | { resource: string; generation: number; scan: Scan }
  )

/** Connections with a sync that has waited longer than a wake takes, though nothing is running. */
export async function listStaleQueued(db: Database, seconds: number): Promise<ConnectionKey[]> {
  return [
    ...(await db.execute<ConnectionKey>(
      sql`select org_id, connection_id from dispatch.stale_queued_syncs(make_interval(secs => ${seconds}))`,
    )),
  ]
}

/** Orgs whose oldest change is older than so many days. */
export async function listOrgsWithOldChanges(db: Database, days: number): Promise<string[]> {
  const rows = await db.execute<{ org_id: string }>(
    sql`select org_id from dispatch.orgs_with_changes_before(now() - make_interval(days => ${days}))`,
  )
  return rows.map(({ org_id }) => org_id)
}

export async function listQuietRuns(db: Database, seconds: number): Promise<QuietRun[]> {
  return [
    ...(await db.execute<QuietRun>(sql`select * from dispatch.quiet_running_syncs(make_interval(secs => ${seconds}))`)),
  ]
}
