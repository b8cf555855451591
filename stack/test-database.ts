import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { inject } from 'vitest'

export type TestDatabase = {
  /** Of the superuser, whom row level security does not bind. */
  adminUrl: string
  /** Of tributary_app, as API and workers log in. */
  appUrl: string
  /** Ends whoever is connected still, and removes the database. */
  drop: () => Promise<void>
}

export const templateName = 'tributary_template'

/** An empty database with the newest schema, for one test file: a clone of the template that the run has migrated. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = inject('postgresUrl')
  const name = `test_${randomBytes(8).toString('hex')}`
  await asSuperuser(server, (sql) => clone(sql, name))
  return {
    adminUrl: databaseUrl(server, name),
    appUrl: databaseUrl(server, name, 'tributary_app'),
    drop: () => asSuperuser(server, async (sql) => void (await sql`drop database ${sql(name)} with (force)`)),
  }
}

/** The URL of another database, and user, of the same server. */
export function databaseUrl(server: string, database: string, user = 'postgres'): string {
  const url = new URL(server)
  url.username = user
  url.pathname = database
  return url.href
}

async function asSuperuser(server: string, work: (sql: postgres.Sql) => Promise<void>): Promise<void> {
  const sql = postgres(server, { max: 1, onnotice: () => {} })
  try {
    await work(sql)
  } finally {
    await sql.end()
  }
}

/** Autovacuum may be looking at the template at this moment. */
async function clone(sql: postgres.Sql, name: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await sql`create database ${sql(name)} template ${sql(templateName)}`
      return
    } catch (error) {
      const isInUse = error instanceof postgres.PostgresError && error.code === '55006'
      if (!isInUse || attempt === 20) throw error
      await sleep(100)
    }
  }
}
