import { and, eq } from 'drizzle-orm'
import type { Resource } from '@tributary/sdk'
import type { ConnectionKey } from './connections.ts'
import { resourceStates } from './schema/index.ts'
import type { Tx } from './tenancy.ts'

/** The resources of a connection that were planned before, as they were then. */
export async function listDefinitions(tx: Tx, key: ConnectionKey): Promise<Resource[]> {
  const rows = await tx
    .select({ definition: resourceStates.definition })
    .from(resourceStates)
    .where(and(eq(resourceStates.org_id, key.org_id), eq(resourceStates.connection_id, key.connection_id)))
  return rows.map((row) => row.definition)
}
