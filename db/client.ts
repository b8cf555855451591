import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'

export type Database = PostgresJsDatabase
export type Client = { db: Database; close(): Promise<void> }

const TYPE = { int8: 20, timestamptz: 1184 }

/** A pool over `url`. Instants are read as RFC 3339 in UTC with the microseconds that Postgres has; int8 as numbers. */
export function createClient(url: string, options: { max?: number; name?: string } = {}): Client {
  const sql = postgres(url, {
    max: options.max ?? 10,
    connect_timeout: 10,
    onnotice: () => {},
    connection: {
      application_name: options.name ?? 'tributary',
      TimeZone: 'UTC',
      DateStyle: 'ISO',
      // A prepared statement's generic plan, made while a table was small, would stay a sequential scan for ever.
      plan_cache_mode: 'force_custom_plan',
      // No session of ours may sit in an open transaction, holding locks, because its process froze.
      idle_in_transaction_session_timeout: 60_000,
    },
  })
  const db = drizzle(sql)
  // drizzle() replaces the client's parsers by the identity, so ours come after it.
  sql.options.parsers[TYPE.timestamptz] = toInstant
  sql.options.parsers[TYPE.int8] = Number
  return { db, close: () => sql.end({ timeout: 5 }) }
}

/** `2026-11-25 01:02:03.000004+00` -> `2026-11-25T01:02:03.000004Z` */
const toInstant = (text: string): string => text.replace(' ', 'T').replace('+00', 'Z')
