import { asc, notInArray, sql } from 'drizzle-orm'
import type { Database } from './client.ts'
import { connectors } from './schema/index.ts'

export type ConnectorRow = typeof connectors.$inferSelect
export type ConnectorWrite = Omit<ConnectorRow, 'updated_at'>

/** Makes the table show what this deployment can connect to; what is not among `rows` any more becomes `disabled`. */
export async function saveConnectors(db: Database, rows: ConnectorWrite[]): Promise<void> {
  await db.transaction(async (tx) => {
    for (const row of rows) {
      const set = { ...row, updated_at: sql`now()` }
      await tx.insert(connectors).values(row).onConflictDoUpdate({ target: connectors.type, set })
    }
    const types = rows.map((row) => row.type)
    await tx.update(connectors).set({ status: 'disabled' }).where(notInArray(connectors.type, types))
  })
}

export const listConnectors = (db: Database): Promise<ConnectorRow[]> =>
  db.select().from(connectors).orderBy(asc(connectors.type))
