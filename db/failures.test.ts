import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../stack/test-database.ts'
import { createClient, type Client, type Database } from './client.ts'
import { isDatabaseUnavailable, reasonOf, violates } from './failures.ts'

let database: TestDatabase
let client: Client
beforeAll(async () => {
  database = await createTestDatabase()
  client = createClient(database.adminUrl, { max: 1 })
  await client.db.execute(sql`create table things (id int constraint things_key primary key)`)
  await client.db.execute(sql`insert into things values (1)`)
})
afterAll(async () => {
  await client.close()
  await database.drop()
})

const failureOf = (db: Database, query = sql`insert into things values (1)`): Promise<unknown> =>
  db.execute(query).then(
    () => undefined,
    (error: unknown) => error,
  )

test('a taken key is known by its index', async () => {
  const error = await failureOf(client.db)
  expect([violates(error, 'things_key'), violates(error, 'other_key'), isDatabaseUnavailable(error)]).toEqual([
    true,
    false,
    false,
  ])
})

test('what is said of a failed query is what the database said, without the query', async () => {
  const error = await failureOf(client.db, sql`select ${'secret-4711'}::text from nowhere`)
  expect(String(error)).toContain('secret-4711')
  expect(reasonOf(error)).toBe('relation "nowhere" does not exist')
  expect(reasonOf('what')).toBe('what')
})

test('a database that cannot be reached, or ends the session, is unavailable', async () => {
  const away = createClient('postgres://nobody@127.0.0.1:1/none')
  expect(isDatabaseUnavailable(await failureOf(away.db))).toBe(true)
  await away.close()
  const victim = createClient(database.adminUrl, { max: 1 })
  const failing = failureOf(victim.db, sql`select pg_sleep(30)`)
  await client.db.execute(sql`select pg_sleep(0.2)`)
  await client.db.execute(
    sql`select pg_terminate_backend(pid) from pg_stat_activity where query like 'select pg_sleep(30)%'`,
  )
  expect(isDatabaseUnavailable(await failing)).toBe(true)
  await victim.close()
})

test('an error of somebody else is none of the database', () => {
  const unreachable = new TypeError('fetch failed', { cause: Object.assign(new Error('no'), { code: 'ECONNREFUSED' }) })
  expect([isDatabaseUnavailable(unreachable), isDatabaseUnavailable(undefined), violates(null, 'x')]).toEqual([
    false,
    false,
    false,
  ])
})
