import { sql } from 'drizzle-orm'
import type { Database } from './client.ts'

export type Role = 'owner' | 'editor' | 'viewer'
/** On whose behalf a transaction runs. A worker acts as an editor of its connection's org. */
export type Tenant = { org_id: string; role: Role }
export type Tx = Parameters<Parameters<Database['transaction']>[0]>[0]

/**
 * The only way to a tenant table: one transaction that sees and writes one org's rows, whoever else uses the pool.
 * The settings are local to the transaction. (They are awaited: drizzle starts a query when it is awaited, so one that is
 * merely begun first could still be sent after the first of `work`'s.)
 */
export function inOrg<Result>(db: Database, tenant: Tenant, work: (tx: Tx) => Promise<Result>): Promise<Result> {
  return db.transaction(async (tx) => {
    await tx.execute(
      sql`select set_config('app.org_id', ${tenant.org_id}, true), set_config('app.role', ${tenant.role}, true)`,
    )
    return work(tx)
  })
}

export const asWorker = (org_id: string): Tenant => ({ org_id, role: 'editor' })
