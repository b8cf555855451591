import { createRandom, type SandboxPlan } from '@tributary/sdk/sandbox'
import postgres from 'postgres'
import { KINDS, VERBATIM_JSON } from './kinds.ts'
import { insertRows, quote } from './rows.ts'
import { LOG_DDL, tables } from './tables.ts'

const MARK = 'made by the sandbox of Tributary, and filled anew at each of its starts'
const LITERAL = { TimeZone: 'UTC', DateStyle: 'ISO', IntervalStyle: 'iso_8601', extra_float_digits: 3 }

/** The sandbox's own database on the server of `postgresUrl`, filled; gives connections of the administrator. */
export async function makeDatabase({ seed, counts, credentials, postgresUrl }: SandboxPlan): Promise<postgres.Sql> {
  const url = new URL(postgresUrl!)
  const database = decodeURIComponent(url.pathname.slice(1))
  const { user, password } = credentials as { user: string; password: string }
  await onServer(url, async (server) => {
    await makeUser(server, user, password)
    await makeEmpty(server, database)
  })
  const sql = postgres(url.href, { database, max: 2, onnotice: () => {}, connection: LITERAL })
  // At once: whoever is reading finds all of what was there, or all of what is there now.
  await sql.begin(async (tx) => {
    await tx.unsafe('drop schema if exists public, "Sales" cascade; create schema public; create schema "Sales"')
    await fill(tx, seed, counts)
    await tx.unsafe(`grant usage on schema public, "Sales" to ${quote(user)};
      grant select on all tables in schema public, "Sales" to ${quote(user)}`)
  })
  return sql
}

async function onServer(url: URL, work: (server: postgres.Sql) => Promise<void>): Promise<void> {
  const server = postgres(url.href, { database: 'postgres', max: 1, onnotice: () => {} })
  try {
    await work(server)
  } finally {
    await server.end()
  }
}

/** Users belong to the whole server, on which other sandboxes may be starting. */
const makeUser = (server: postgres.Sql, user: string, password: string) =>
  server.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(hashtext('tributary sandbox'))`
    const [found] = await tx`
      select not exists (select from pg_roles where rolname = ${user}) as is_new, quote_literal(${password}) as literal`
    await tx.unsafe(
      `${found!.is_new ? 'create' : 'alter'} role ${quote(user)} login password ${String(found!.literal)}`,
    )
  }) as Promise<unknown>

/** Never what was made for something else. One that is there stays, since another database would be another account. */
async function makeEmpty(server: postgres.Sql, name: string): Promise<void> {
  const [found] = await server`
    select shobj_description(oid, 'pg_database') as mark from pg_database where datname = ${name}`
  if (found && found.mark !== MARK)
    throw new Error(`postgres sandbox: the database ${name} was not made by a sandbox; name one that is not there yet`)
  if (found) return
  await server.unsafe(`create database ${quote(name)}`)
  await server.unsafe(`comment on database ${quote(name)} is '${MARK}'`)
}

async function fill(tx: postgres.TransactionSql, seed: number, counts: Record<string, number>): Promise<void> {
  for (const [resource, table] of Object.entries(tables)) {
    const { ddl, rows } = table
    await tx.unsafe(ddl)
    const random = createRandom(seed, resource)
    const invented = Array.from({ length: rows?.count(counts) ?? 0 }, (_, n) => rows!.invent(random, n))
    await insertRows(tx, table, invented)
  }
  await tx.unsafe(LOG_DDL)
  await tx`update public.kinds set doc = ${VERBATIM_JSON}::text::json where id = ${String(KINDS[0]!.id)}::text::uuid`
}
