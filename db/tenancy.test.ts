/** What each role sees and does of every table that belongs to an org, whichever tables there are. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sql as statement, type SQL } from 'drizzle-orm'
import postgres from 'postgres'
import { createTestDatabase, databaseUrl, type TestDatabase } from '../stack/test-database.ts'
import { createClient, type Client } from './client.ts'
import { readStored, upsertEntities } from './entities.ts'
import { upsertRecords } from './records.ts'
import { inOrg, type Role, type Tx } from './tenancy.ts'

// One connection id in both orgs: what keeps the rows apart is the org, and nothing else.
const CONNECTION = '0190a000-0000-7000-8000-000000000001'
const RIVER = '0190a000-0000-7000-8000-00000000000a'
const OTHER = '0190a000-0000-7000-8000-00000000000b'
const NOBODY = '0190a000-0000-7000-8000-00000000000c'
const REFUSED = '42501'

type Column = { name: string; type: string; required: boolean }
type Table = { name: string; org: string; columns: Column[] }

let database: TestDatabase
let admin: postgres.Sql
let app: Client
let tables: Table[]
beforeAll(async () => {
  database = await createTestDatabase()
  admin = postgres(database.adminUrl, { max: 1, onnotice: () => {} })
  app = createClient(database.appUrl, { max: 2 })
  tables = await readTables()
  await admin`insert into connectors ${admin({ type: 'x', name: 'x', description: 'x', direction: 'inbound', version: '1', schema_version: '1', capabilities: [], status: 'active' })}`
  for (const org of [RIVER, OTHER]) for (const table of tables) await admin.unsafe(insertInto(table, org))
})
afterAll(async () => {
  await app.close()
  await admin.end()
  await database.drop()
})

/** Those that others refer to come first. */
async function readTables(): Promise<Table[]> {
  const rows = await admin<{ name: string; columns: Column[] }[]>`
    select c.relname as name, json_agg(json_build_object('name', a.attname, 'type', a.atttypid::regtype::text,
      'required', a.attnotnull and not a.atthasdef and a.attidentity = '') order by a.attnum) as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and c.relname not in ('connectors', 'encryption_canaries', 'api_key_hashes', 'quotas')
    group by c.oid order by array_position(array['orgs', 'connections', 'syncs']::name[], c.relname), c.relname`
  return rows.map((row) => ({ ...row, org: row.name === 'orgs' ? 'id' : 'org_id' }))
}

const VALUES: Record<string, string> = {
  uuid: `'${CONNECTION}'`,
  text: `'x'`,
  bytea: `'\\x00'`,
  'text[]': `'{}'`,
  json: `'{}'`,
  jsonb: `'{}'`,
  int8multirange: `'{}'`,
  'timestamp with time zone': 'now()',
}

function insertInto(table: Table, org: string): string {
  const columns = table.columns.filter(({ required }) => required)
  const values = columns.map(({ name, type }) => (name === table.org ? `'${org}'` : (VALUES[type] ?? '1')))
  return `insert into ${table.name} (${columns.map(({ name }) => name).join()}) values (${values.join()})`
}

/** As an org, or as nobody where none is given. */
const within = <Result>(org: string | undefined, role: Role, work: (tx: Tx) => Promise<Result>): Promise<Result> =>
  org ? inOrg(app.db, { org_id: org, role }, work) : app.db.transaction(work)

/** How many rows a statement had, or the code with which it was refused. It is undone. */
async function attempt(
  query: (tx: Tx) => PromiseLike<postgres.RowList<postgres.Row[]>>,
  org?: string,
  role: Role = 'owner',
) {
  let outcome: number | string | undefined
  const undone = new Error('undone')
  await within(org, role, async (tx) => {
    outcome = await query(tx).then((rows) => rows.count, codeOf)
    throw undone
  }).catch((error: unknown) => {
    if (error !== undone) throw error
  })
  return outcome
}

const codeOf = (error: unknown) => ((error as Error).cause as postgres.PostgresError).code

/** The same question for every table. */
async function ofEach(query: (table: Table) => SQL, org?: string, role?: Role) {
  const answers: Record<string, number | string | undefined> = {}
  for (const table of tables) answers[table.name] = await attempt((tx) => tx.execute(query(table)), org, role)
  return answers
}

const each = (answer: number | string) => Object.fromEntries(tables.map(({ name }) => [name, answer]))
/** What the app may only read: it is made by the operator. */
const withRefused = (answer: number) => ({ ...each(answer), orgs: REFUSED, api_keys: REFUSED })

const select = ({ name }: Table) => statement.raw(`select * from ${name}`)
const update = ({ name, org }: Table) => statement.raw(`update ${name} set ${org} = ${org}`)
const remove = ({ name }: Table) => statement.raw(`delete from ${name} where ctid is not null`)
const insert = (org: string) => (table: Table) => statement.raw(insertInto(table, org))
const move = (to: string) => (table: Table) => statement.raw(`update ${table.name} set ${table.org} = '${to}'`)

test('There is a row of either org in every table', async () => {
  expect(tables.length).toBeGreaterThan(15)
  for (const { name } of tables) expect([name, (await admin.unsafe(`select 1 from ${name}`)).count]).toEqual([name, 2])
})

test('Without an org nothing is seen, and nothing is written', async () => {
  expect(await ofEach(select)).toEqual(each(0))
  expect(await ofEach(insert(RIVER))).toEqual(each(REFUSED))
  expect(await ofEach(update)).toEqual(withRefused(0))
  expect(await ofEach(remove)).toEqual(withRefused(0))
})

test('An org that has no rows sees none, and writes none of another', async () => {
  expect(await ofEach(select, NOBODY)).toEqual(each(0))
  expect(await ofEach(insert(RIVER), NOBODY)).toEqual(each(REFUSED))
  expect(await ofEach(update, NOBODY)).toEqual(withRefused(0))
  expect(await ofEach(remove, NOBODY)).toEqual(withRefused(0))
})

test('An org sees its own row of every table, and only that', async () => {
  for (const table of tables) {
    const rows = await within(RIVER, 'viewer', async (tx) => [...(await tx.execute(select(table)))])
    expect([table.name, rows.map((row) => row[table.org])]).toEqual([table.name, [RIVER]])
  }
})

test('A viewer reads and does not write', async () => {
  expect(await ofEach(select, RIVER, 'viewer')).toEqual(each(1))
  expect(await ofEach(insert(RIVER), RIVER, 'viewer')).toEqual(each(REFUSED))
  expect(await ofEach(update, RIVER, 'viewer')).toEqual(withRefused(0))
  expect(await ofEach(remove, RIVER, 'viewer')).toEqual(withRefused(0))
})

test.each(['owner', 'editor'] as const)('An %s writes its own rows, and only these', async (role) => {
  expect(await ofEach(update, RIVER, role)).toEqual(withRefused(1))
  const refersTo = { connections: '23503', syncs: '23503' }
  expect(await ofEach(remove, RIVER, role)).toEqual({ ...withRefused(1), ...refersTo })
})

test('A role that is not known does not write', async () => {
  const unknown = 'admin' as Role
  expect(await attempt((tx) => tx.execute(statement`update customers set name = 'x'`), RIVER, unknown)).toBe(0)
})

test('No row is moved to another org', async () => {
  expect(await ofEach(move(OTHER), RIVER)).toEqual(each(REFUSED))
  expect(await ofEach(move(NOBODY), RIVER)).toEqual(each(REFUSED))
})

test('An insert cannot reach the row of another org by its conflict', async () => {
  const onConflict = (action: string) => (table: Table) => {
    return statement.raw(`${insertInto(table, OTHER)} on conflict ${action}`)
  }
  expect(await ofEach(onConflict('do nothing'), RIVER)).toEqual(each(REFUSED))
  const taken = (tx: Tx) =>
    tx.execute(statement`insert into epochs (org_id, connection_id, resource) values (${OTHER}, ${CONNECTION}, '')
      on conflict (org_id, connection_id, resource) do update set epoch = 99`)
  expect(await attempt(taken, RIVER)).toBe(REFUSED)
})

test('The org of one transaction is not that of the next on the same connection', async () => {
  const one = createClient(database.appUrl, { max: 1 })
  try {
    await inOrg(one.db, { org_id: RIVER, role: 'owner' }, (tx) => tx.execute(statement`select 1 from customers`))
    expect(await one.db.execute(statement`select * from customers`)).toHaveLength(0)
    const [settings] = await one.db.execute(statement`select current_setting('app.org_id') as org`)
    expect(settings).toEqual({ org: '' })
  } finally {
    await one.close()
  }
})

test('Two orgs that hold the same objects of the same connection each keep their own', async () => {
  const key = (org_id: string) => ({ org_id, connection_id: CONNECTION, resource: 'customer' })
  const write = (org: string, email: string) =>
    within(org, 'editor', async (tx) => {
      const entity = { external_id: 'cus_1', raw_payload: `{"email":"${email}"}`, hash: '00', version: 1, rank: 0 }
      const absent = { archived_at: null, deleted_at: null, deletion_confidence: null, sanitized: false }
      await upsertEntities(tx, { ...key(org), collection_key: 'x_customer' }, [{ ...entity, ...absent }])
      const record = { model: 'customer', source_id: 'cus_1', email, custom_fields: {} } as never
      const unified_id = '0190a000-0000-7000-8000-0000000000ff'
      await upsertRecords(tx, { ...key(org), source_system: 'x' }, 'customer', [
        { unified_id, external_id: 'cus_1', archived_at: null, record },
      ])
    })
  await write(RIVER, 'one@example.com')
  await write(OTHER, 'two@example.com')
  await write(RIVER, 'three@example.com')
  const read = (org: string) =>
    within(org, 'viewer', async (tx) => {
      const records = await tx.execute(statement`select email from customers where external_id = 'cus_1'`)
      const raw = await tx.execute(statement`select raw_payload::text as raw from entities where external_id = 'cus_1'`)
      return { emails: records.map((row) => row.email), raw: raw.map((row) => row.raw) }
    })
  expect(await read(RIVER)).toEqual({ emails: ['three@example.com'], raw: ['{"email":"three@example.com"}'] })
  expect(await read(OTHER)).toEqual({ emails: ['two@example.com'], raw: ['{"email":"two@example.com"}'] })
  expect(await within(NOBODY, 'viewer', (tx) => readStored(tx, key(NOBODY), ['cus_1'], 0))).toEqual([])
  // Even asked for by the other's key.
  expect(await within(RIVER, 'viewer', (tx) => readStored(tx, key(OTHER), ['cus_1'], 0))).toEqual([])
})

test('Five hundred transactions of two orgs over two connections, many of which abort, never see a foreign row', async () => {
  const aborted = new Error('aborted')
  const foreign: unknown[] = []
  const visit = (org: string, index: number) =>
    inOrg(app.db, { org_id: org, role: 'editor' }, async (tx) => {
      const rows = await tx.execute(statement`select org_id from customers union all select org_id from connections`)
      foreign.push(...rows.filter((row) => row.org_id !== org))
      if (rows.length < 2) foreign.push('a row of its own is missing')
      if (index % 5 === 1) throw aborted
      if (index % 5 === 2) await tx.execute(statement`select 1 / 0`)
      if (index % 5 === 3) await tx.execute(statement`update connections set name = ${org}`)
      // A nested transaction that fails leaves the outer one with its org.
      if (index % 5 === 4) await tx.transaction((inner) => inner.execute(statement`select 1 / 0`)).catch(() => {})
      const after = index % 5 === 4 ? await tx.execute(statement`select org_id from customers`) : []
      foreign.push(...after.filter((row) => row.org_id !== org))
    })
  const bare = async () => foreign.push(...(await app.db.execute(statement`select org_id from customers`)))
  const outcomes = await Promise.allSettled(
    Array.from({ length: 500 }, (_, index) => {
      const org = Math.random() < 0.5 ? RIVER : OTHER
      return index % 10 === 0 ? bare() : visit(org, index)
    }),
  )
  expect(foreign).toEqual([])
  expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(200)
  const names = await admin`select org_id from connections where name <> 'x' and name <> org_id::text`
  expect(names).toHaveLength(0)
})

const eventRows = (orgs: string[], connection = CONNECTION) =>
  orgs.map((org_id) => ({
    org_id,
    connection_id: connection,
    unified_id: randomUUID(),
    source_system: 'x',
    source_id: 'evt_1',
    event_type: 'x',
    payload: '{}',
    occurred_at: '2026-01-01T00:00:00Z',
    dedupe_key: 'evt_1',
  }))

test('Intake inserts events of several orgs in one statement, each once, and reads nothing', async () => {
  const intake = postgres(databaseUrl(database.adminUrl, new URL(database.adminUrl).pathname, 'tributary_intake'), {
    max: 1,
  })
  const refused = (query: PromiseLike<unknown>) => expect(query).rejects.toMatchObject({ code: REFUSED })
  try {
    const rows = eventRows([RIVER, OTHER, RIVER])
    expect((await intake`insert into events ${intake(rows)} on conflict do nothing`).count).toBe(2)
    expect((await intake`insert into events ${intake(eventRows([OTHER]))} on conflict do nothing`).count).toBe(0)
    const told = await admin`select org_id from events where dedupe_key = 'evt_1' order by org_id`
    expect(told.map((row) => row.org_id as string)).toEqual([RIVER, OTHER])
    await refused(intake`select * from events`)
    await refused(intake`insert into events ${intake(eventRows([RIVER]))} returning unified_id`)
    await refused(intake`update events set status = 'done'`)
    await refused(intake`delete from events`)
    await refused(intake`select * from connections`)
    const orphan = intake`insert into events ${intake(eventRows([RIVER], randomUUID()))} on conflict do nothing`
    await expect(orphan).rejects.toMatchObject({ code: '23503' })
  } finally {
    await intake.end()
  }
})

test('Who owns the tables sees none of their rows, and writes none', async () => {
  const owner = postgres(database.adminUrl, { max: 1 })
  try {
    await owner`set role tributary_owner`
    await owner`select set_config('app.org_id', ${RIVER}, false), set_config('app.role', 'owner', false)`
    for (const table of tables) {
      expect([table.name, (await owner.unsafe(`select 1 from ${table.name}`)).count]).toEqual([table.name, 0])
      await expect(owner.unsafe(insertInto(table, RIVER))).rejects.toMatchObject({ code: REFUSED })
      expect([table.name, (await owner.unsafe(`delete from ${table.name}`)).count]).toEqual([table.name, 0])
    }
  } finally {
    await owner.end()
  }
})
