import { sql } from 'drizzle-orm'
import { bigint, customType, pgPolicy, pgRole, timestamp, uuid } from 'drizzle-orm/pg-core'

// The roles are made by `migrate` before any table: they belong to the cluster, not to one database.
export const appRole = pgRole('tributary_app').existing()
export const intakeRole = pgRole('tributary_intake').existing()
export const dispatcherRole = pgRole('tributary_dispatcher').existing()

// The `(select …)` makes the planner read the setting once a statement; a local setting reads back as '' after its transaction.
const currentOrg = sql`(select nullif(current_setting('app.org_id', true), '')::uuid)`
const mayWrite = sql`(select current_setting('app.role', true)) in ('owner', 'editor')`

/** Row level security of a tenant table: everybody of the org reads, owners and editors write. */
export function tenantPolicies(column = sql`org_id`) {
  const ofOrg = sql`${column} = ${currentOrg}`
  const writable = sql`${ofOrg} and ${mayWrite}`
  return [
    pgPolicy('app_select', { for: 'select', to: appRole, using: ofOrg }),
    pgPolicy('app_insert', { for: 'insert', to: appRole, withCheck: writable }),
    pgPolicy('app_update', { for: 'update', to: appRole, using: writable, withCheck: writable }),
    pgPolicy('app_delete', { for: 'delete', to: appRole, using: writable }),
  ]
}

/** What the dispatcher's definer functions see of a table. The columns are narrowed by grants. */
export const dispatcherReads = () =>
  pgPolicy('dispatcher_select', { for: 'select', to: dispatcherRole, using: sql`true` })

export const orgId = () => uuid().notNull()
export const instant = () => timestamp({ withTimezone: true, mode: 'string' })
export const now = () => instant().notNull().defaultNow()
export const count = () => bigint({ mode: 'number' }).notNull().default(0)
export const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' })
export const int8multirange = customType<{ data: string }>({ dataType: () => 'int8multirange' })
