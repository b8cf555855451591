import { and, eq, ne, or, sql } from 'drizzle-orm'
import { toPostgresText } from './bulk.ts'
import type { ResourceKey } from './entities.ts'
import { FEED } from './passes.ts'
import { syncResources } from './schema/index.ts'
import type { Tx } from './tenancy.ts'

/** What became of the objects of a batch. */
export type Counters = Record<
  'created' | 'updated' | 'unchanged' | 'stale' | 'archived' | 'deleted' | 'quarantined',
  number
> & {
  pages?: number
  fetched?: number
  skipped?: number
  errors?: number
  requests?: number
  throttled_ms?: number
  /** How many there are, as the source says. Not added up. */
  total?: number
}

/** Adds to the report of a run, in the transaction that did the work. */
export async function addToReport(tx: Tx, key: ResourceKey, sync_id: string, counters: Counters): Promise<void> {
  const { total, ...added } = counters
  const changes = Object.entries(added).filter(([, by]) => by > 0)
  const assignments = changes.map(([name, by]) => sql`${sql.identifier(name)} = ${sql.identifier(name)} + ${by}`)
  if (total !== undefined) assignments.push(sql`total = ${total}`)
  await tx.execute(sql`
    update sync_resources set ${sql.join([...assignments, sql`updated_at = now()`, sql`waiting_for = null`, sql`wait_until = null`], sql`, `)}
    where org_id = ${key.org_id} and sync_id = ${sync_id} and resource = ${key.resource}`)
}

/** Says what a resource waits for, so that nobody takes it for stuck. */
export async function noteWait(
  tx: Tx,
  key: ResourceKey,
  sync_id: string,
  wait: { until: string; reason: string },
): Promise<void> {
  await tx
    .update(syncResources)
    .set({ waiting_for: toPostgresText(wait.reason), wait_until: wait.until, updated_at: sql`now()` })
    .where(ofReport(key, sync_id))
}

export async function findReport(tx: Tx, key: ResourceKey, sync_id: string) {
  const [row] = await tx.select().from(syncResources).where(ofReport(key, sync_id))
  return row
}

/** A row whose resource is read by a pass of its own. What the feed fills has a row, and no pass. */
export const isReader = or(ne(syncResources.scan, 'feed'), eq(syncResources.resource, FEED))

const ofReport = (key: ResourceKey, sync_id: string) =>
  and(
    eq(syncResources.org_id, key.org_id),
    eq(syncResources.sync_id, sync_id),
    eq(syncResources.resource, key.resource),
  )
