import { and, eq, sql } from 'drizzle-orm'
import { toPostgresText } from './bulk.ts'
import type { ConnectionKey } from './connections.ts'
import { connections } from './schema/index.ts'
import type { Tx } from './tenancy.ts'

/** The connection cannot work until somebody changes its credentials or its config. */
export async function markFailed(tx: Tx, key: ConnectionKey, reason: string): Promise<void> {
  await tx
    .update(connections)
    .set({ status: 'error', status_reason: toPostgresText(reason), updated_at: sql`now()` })
    .where(and(eq(connections.org_id, key.org_id), eq(connections.id, key.connection_id)))
}
