import { sql } from 'drizzle-orm'
import type { Database } from './client.ts'
import type { ConnectionKey } from './connections.ts'

/** Every connection of every org that has a schedule: all that are not deleted. */
export async function listScheduledConnections(db: Database): Promise<ConnectionKey[]> {
  const rows = await db.execute<ConnectionKey>(sql`select org_id, connection_id from dispatch.scheduled_connections()`)
  return [...rows]
}
