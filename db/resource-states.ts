import { and, eq, sql } from 'drizzle-orm'
import { dropCursor } from './cursors.ts'
import type { ResourceKey } from './entities.ts'
import type { Pass } from './passes.ts'
import { resourceStates } from './schema/index.ts'
import type { Tx } from './tenancy.ts'

export async function findResourceState(tx: Tx, key: ResourceKey) {
  const [row] = await tx
    .select()
    .from(resourceStates)
    .where(
      and(
        eq(resourceStates.org_id, key.org_id),
        eq(resourceStates.connection_id, key.connection_id),
        eq(resourceStates.resource, key.resource),
      ),
    )
  return row
}

/** Lets a pass start again: what it has seen so far is of another content. */
export async function restartPass(tx: Tx, pass: Pass): Promise<void> {
  if (pass.scan === 'incremental') return reopenWindow(tx, pass)
  await tx.execute(sql`
    delete from seen_pages where org_id = ${pass.org_id} and connection_id = ${pass.connection_id}
      and resource = ${pass.resource} and generation = ${pass.generation}`)
  await dropCursor(tx, pass, pass.scan)
}

/** Back to what was known before the window. */
async function reopenWindow(tx: Tx, { org_id, connection_id, resource, scan }: Pass): Promise<void> {
  await tx.execute(sql`
    update cursors set position = position - 'sync_id' || '{"ranges": []}', updated_at = now()
    where org_id = ${org_id} and connection_id = ${connection_id} and resource = ${resource} and lane = ${scan}`)
}

/** The next pass to begin reads the content whatever it is. */
export async function forgetRevision(tx: Tx, key: ResourceKey): Promise<void> {
  await tx
    .update(resourceStates)
    .set({ revision: '' })
    .where(
      and(
        eq(resourceStates.org_id, key.org_id),
        eq(resourceStates.connection_id, key.connection_id),
        eq(resourceStates.resource, key.resource),
      ),
    )
}

/** How many objects of a resource there are, tombstones apart. */
export async function countLive(tx: Tx, key: ResourceKey): Promise<number> {
  const [row] = await tx.execute<{ live: number }>(sql`
    select count(*) as live from entities where org_id = ${key.org_id} and connection_id = ${key.connection_id}
      and resource = ${key.resource} and deleted_at is null`)
  return row!.live
}
