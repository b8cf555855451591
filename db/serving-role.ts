import { sql } from 'drizzle-orm'
import type { Database } from './client.ts'

type Facts = { role: string; bypasses: boolean; owns: boolean; migrated: boolean }

/**
 * Refuses to serve as a role that row level security does not bind (a superuser, one that may bypass it, or one that is or
 * may become an owner of tables), and over a database without our tables. Throws, saying what to do.
 */
export async function checkServingRole(db: Database): Promise<void> {
  const [facts] = await db.execute<Facts>(sql`
    select current_user as role, rolsuper or rolbypassrls as bypasses,
      exists (select from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
        and pg_has_role(current_user, relowner, 'member')) as owns,
      to_regclass('public.connections') is not null as migrated
    from pg_roles where rolname = current_user`)
  if (!facts?.migrated) throw new Error('The database has no tables of Tributary yet; run: npm run migrate')
  if (facts.bypasses || facts.owns)
    throw new Error(
      `DATABASE_URL logs in as ${facts.role}, which row level security does not bind; use the role tributary_app`,
    )
}
