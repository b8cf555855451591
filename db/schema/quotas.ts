import { sql } from 'drizzle-orm'
import { pgPolicy, pgTable, text } from 'drizzle-orm/pg-core'
import { appRole, instant } from './tenant.ts'

/**
 * When the next request within a limit of a provider's account is due. Deployment-wide, for two orgs may share an account; the
 * key is a keyed hash, which tells nobody which.
 */
export const quotas = pgTable('quotas', { key: text().primaryKey(), due_at: instant().notNull() }, () => [
  pgPolicy('app_all', { for: 'all', to: appRole, using: sql`true`, withCheck: sql`true` }),
])
