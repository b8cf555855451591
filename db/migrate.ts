import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator'
import postgres from 'postgres'
import { roleStatements } from './roles.ts'

const LOCK = 7_276_843_915

/**
 * Brings the database of `adminUrl` to the newest schema, in one process at a time (others wait for the lock).
 * `connectorSql` is applied after it, as the tables' owner. `appUrl` is what API and workers log in with: its password becomes that of tributary_app.
 */
export async function migrate(options: { adminUrl: string; appUrl: string; connectorSql?: string }): Promise<void> {
  const sql = postgres(options.adminUrl, { max: 1, onnotice: () => {} })
  try {
    await sql`select pg_advisory_lock(${LOCK})`
    await ensureRoles(sql, options.appUrl)
    await sql`set role tributary_owner`
    await applyMigrations(drizzle(sql), { migrationsFolder: fileURLToPath(new URL('./migrations', import.meta.url)) })
    if (options.connectorSql) await sql.unsafe(options.connectorSql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

async function ensureRoles(sql: postgres.Sql, appUrl: string): Promise<void> {
  const [row] = await sql<{ database: string }[]>`select current_database() as database`
  const password = decodeURIComponent(new URL(appUrl).password)
  for (const statement of roleStatements(password || undefined, row!.database)) await sql.unsafe(statement)
}
