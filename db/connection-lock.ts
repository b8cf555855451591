import { and, eq } from 'drizzle-orm'
import type { ConnectionKey, ConnectionRow } from './connections.ts'
import { connections } from './schema/index.ts'
import type { Tx } from './tenancy.ts'

/** Whoever decides what a connection does next holds its row. (Not FOR UPDATE: foreign keys of writers would wait for it.) */
export async function lockConnection(tx: Tx, key: ConnectionKey): Promise<ConnectionRow | undefined> {
  const [row] = await tx
    .select()
    .from(connections)
    .where(and(eq(connections.org_id, key.org_id), eq(connections.id, key.connection_id)))
    .for('no key update')
  return row
}

/** Whether anything may be asked of it. */
export const isActive = (connection: ConnectionRow | undefined): connection is ConnectionRow =>
  connection !== undefined && connection.deleted_at === null && connection.status === 'active'
