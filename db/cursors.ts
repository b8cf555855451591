import { and, eq, sql } from 'drizzle-orm'
import type { ResourceKey } from './entities.ts'
import { cursors } from './schema/index.ts'
import type { Tx } from './tenancy.ts'

/** `position` is the engine's: where the next read of this lane begins. */
export type CursorMove = { lane: string; epoch: number; position: object }

export async function saveCursor(tx: Tx, key: ResourceKey, move: CursorMove): Promise<void> {
  const position = JSON.stringify(move.position)
  await tx.execute(sql`
    insert into cursors (org_id, connection_id, resource, lane, epoch, position)
    values (${key.org_id}, ${key.connection_id}, ${key.resource}, ${move.lane}, ${move.epoch}, ${position}::text::jsonb)
    on conflict (org_id, connection_id, resource, parent, lane, range)
    do update set epoch = excluded.epoch, position = excluded.position, updated_at = now()`)
}

export async function findCursor(tx: Tx, key: ResourceKey, lane: string): Promise<CursorMove | undefined> {
  const [row] = await tx.select().from(cursors).where(ofLane(key, lane))
  return row && { lane, epoch: row.epoch, position: row.position as object }
}

export async function dropCursor(tx: Tx, key: ResourceKey, lane: string): Promise<void> {
  await tx.delete(cursors).where(ofLane(key, lane))
}

const ofLane = (key: ResourceKey, lane: string) =>
  and(
    eq(cursors.org_id, key.org_id),
    eq(cursors.connection_id, key.connection_id),
    eq(cursors.resource, key.resource),
    eq(cursors.lane, lane),
  )
