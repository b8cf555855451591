import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { is, Table } from 'drizzle-orm'
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core'
import { generateDrizzleJson, generateMigration } from 'drizzle-kit/api'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import postgres from 'postgres'
import { databaseUrl } from '../stack/test-database.ts'
import { migrate } from './migrate.ts'
import * as schema from './schema/index.ts'

const folder = new URL('./migrations/meta/', import.meta.url)
const readJson = (file: string) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as never
const { entries } = readJson('_journal.json') as { entries: { tag: string }[] }

let server: postgres.Sql
beforeAll(() => {
  server = postgres(inject('postgresUrl'), { max: 1, onnotice: () => {} })
})
afterAll(() => server.end())

/** A database that nothing was done to yet, for as long as `work` takes. */
async function inNewDatabase(work: (urls: { adminUrl: string; appUrl: string }, sql: postgres.Sql) => Promise<void>) {
  const name = `test_migrate_${crypto.randomUUID().slice(0, 8)}`
  await server`create database ${server(name)}`
  const [adminUrl, appUrl] = [
    databaseUrl(inject('postgresUrl'), name),
    databaseUrl(inject('postgresUrl'), name, 'tributary_app'),
  ]
  const sql = postgres(adminUrl, { max: 1, onnotice: () => {} })
  try {
    await work({ adminUrl, appUrl }, sql)
  } finally {
    await sql.end()
    await server`drop database ${server(name)} with (force)`
  }
}

/** Everything that a migration could do twice. */
const shapeOf = (sql: postgres.Sql) => sql`
  select relname as name, relacl::text as detail from pg_class where relnamespace in ('public'::regnamespace, 'dispatch'::regnamespace)
  union all select polrelid::regclass || '.' || polname, pg_get_expr(polqual, polrelid) from pg_policy
  union all select attrelid::regclass || '.' || attname, atttypid::regtype || ' ' || attnotnull from pg_attribute
    where attnum > 0 and attrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace)
  union all select oid::regprocedure::text, proacl::text from pg_proc where pronamespace = 'dispatch'::regnamespace
  union all select 'migration', hash from drizzle.__drizzle_migrations
  order by 1, 2`

test('A second migration changes nothing, and keeps what is stored', async () => {
  await inNewDatabase(async (urls, sql) => {
    await migrate(urls)
    const before = await shapeOf(sql)
    expect(before.length).toBeGreaterThan(200)
    const id = '0190a000-0000-7000-8000-000000000001'
    await sql`insert into orgs (id, name) values (${id}, 'River')`
    await migrate(urls)
    expect(await shapeOf(sql)).toEqual(before)
    expect(await sql`select name from orgs`).toEqual([{ name: 'River' }])
  })
})

test('Processes that migrate at one time wait for each other', async () => {
  await inNewDatabase(async (urls, sql) => {
    await Promise.all([migrate(urls), migrate(urls), migrate(urls)])
    const done = await sql`select hash from drizzle.__drizzle_migrations`
    expect(done).toHaveLength(entries.length)
  })
})

test('A migration that fails leaves nothing half done, and the next one can go on', async () => {
  await inNewDatabase(async (urls, sql) => {
    // Something of that name is in the way of the last migration.
    await sql`create schema dispatch`
    await expect(migrate(urls)).rejects.toThrow('dispatch')
    expect(await sql`select 1 from pg_class where relnamespace = 'public'::regnamespace`).toHaveLength(0)
    await sql`drop schema dispatch`
    await migrate(urls)
    expect(await sql`select 1 from drizzle.__drizzle_migrations`).toHaveLength(entries.length)
  })
})

test('The migrations are those of the schema in code: none is missing', async () => {
  const newest = readJson(`${entries.at(-1)!.tag.slice(0, 4)}_snapshot.json`)
  const statements = await generateMigration(newest, generateDrizzleJson(schema))
  expect(statements, 'run: npm run migrations:generate').toEqual([])
})

test('The database has the tables, columns, keys and policies that the code believes in', async () => {
  await inNewDatabase(async (urls, sql) => {
    await migrate(urls)
    const actual = await sql<{ table: string; columns: string[]; indexes: string[]; policies: string[] }[]>`
      select c.relname as table,
        array(select attname || ' ' || format_type(atttypid, atttypmod) || case when attnotnull then ' not null' else '' end
          from pg_attribute where attrelid = c.oid and attnum > 0 order by 1) as columns,
        array(select indexrelid::regclass::text from pg_index where indrelid = c.oid order by 1) as indexes,
        array(select polname::text from pg_policy where polrelid = c.oid order by 1) as policies
      from pg_class c where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`
    expect([...actual]).toEqual(describeSchema())
  })
})

function describeSchema() {
  const tables = Object.values<unknown>(schema).filter((value): value is PgTable => is(value, Table))
  return tables
    .map(getTableConfig)
    .map(({ name, columns, indexes, policies, primaryKeys }) => ({
      table: name,
      columns: columns
        .map((column) => `${column.name} ${column.getSQLType()}${column.notNull ? ' not null' : ''}`)
        .toSorted(),
      indexes: [
        ...indexes.map((index) => index.config.name!),
        ...primaryKeys.map((key) => key.getName()),
        ...columns.filter((column) => column.primary).map(() => `${name}_pkey`),
      ].toSorted(),
      policies: policies.map((policy) => policy.name).toSorted(),
    }))
    .toSorted((a, b) => (a.table < b.table ? -1 : 1))
}

test('The password of the URL that API and workers log in with becomes that of their role', async () => {
  await inNewDatabase(async (urls) => {
    const withPassword = (password: string) => {
      const url = new URL(urls.appUrl)
      url.password = encodeURIComponent(password)
      return migrate({ ...urls, appUrl: url.href })
    }
    const first = `it's "quoted" \\ and 50% @:/?#`
    await withPassword(first)
    expect(await opens(first)).toBe(true)
    await withPassword('another')
    expect(await opens(first)).toBe(false)
    expect(await opens('another')).toBe(true)
    // A URL without one leaves it as it is.
    await migrate(urls)
    expect(await opens('another')).toBe(true)
    await server`alter role tributary_app password null`
  })
})

/** Whether tributary_app has this password, by RFC 5803 (the test server lets everybody in without one). */
async function opens(password: string): Promise<boolean> {
  const [row] = await server`select rolpassword from pg_authid where rolname = 'tributary_app'`
  const [, iterations, salt, stored] = /^SCRAM-SHA-256\$(\d+):(.+)\$(.+):/.exec(row!.rolpassword as string)!
  const salted = pbkdf2Sync(password, Buffer.from(salt!, 'base64'), Number(iterations), 32, 'sha256')
  const clientKey = createHmac('sha256', salted).update('Client Key').digest()
  return createHash('sha256').update(clientKey).digest('base64') === stored
}
