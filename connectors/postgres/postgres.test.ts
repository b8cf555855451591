import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import {
  isConnectorError,
  type Adapter,
  type Change,
  type ConnectorError,
  type Json,
  type ReadRequest,
} from '@tributary/sdk'
import postgres from 'postgres'
import { afterAll, afterEach, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { guardedDial } from '../../engine/guarded-dial.ts'
import { databaseUrl } from '../../stack/test-database.ts'
import { config, type Config } from './config.ts'
import connector from './index.ts'
import sandboxes, { type PostgresSandbox } from './sandbox.ts'

let sandbox: PostgresSandbox
/** Of the administrator, in the sandbox's database. */
let sql: postgres.Sql
beforeAll(async () => {
  const postgresUrl = databaseUrl(inject('postgresUrl'), `source_${randomBytes(8).toString('hex')}`)
  sandbox = await sandboxes.start({ postgresUrl, counts: { customers: 20, orders: 100, readings: 20, items: 10 } })
  sql = postgres(postgresUrl, { max: 2, onnotice: () => {} })
})
afterAll(async () => {
  await sql.end()
  await sandbox.close()
})

const opened: Adapter[] = []
afterEach(async () => void (await Promise.all(opened.splice(0).map((adapter) => adapter.close!()))))

type Given = Partial<Config> & { signal?: AbortSignal }
function open({ signal = new AbortController().signal, ...settings }: Given = {}): Adapter {
  const adapter = connector.open({
    config: config.parse({ ...sandbox.config, ...settings }),
    secret: (name) => sandbox.credentials[name]!,
    fetch: () => Promise.reject(new Error('no HTTP')),
    dial: guardedDial({ allowPrivate: true, usage: { requests: 0, errors: 0, throttled_ms: 0 }, signal }),
    signal,
  })
  opened.push(adapter)
  return adapter
}

/** A schema of this test's own, that the user may read. */
async function makeSchema(statements: string): Promise<string> {
  const schema = `s${randomBytes(6).toString('hex')}`
  await sql.unsafe(`create schema ${schema}; set search_path = ${schema}, public; ${statements}; reset search_path;
    grant usage on schema ${schema} to sandbox_reader; grant select on all tables in schema ${schema} to sandbox_reader`)
  onTestFinished(async () => void (await sql.unsafe(`drop schema ${schema} cascade`)))
  return schema
}
const NOTHING = { key_columns: {}, cursor_columns: {}, models: {} }
/** The resources of a schema. */
const openSchema = (schema: string, settings: Given = {}) => open({ ...NOTHING, schemas: [schema], ...settings })

const resourceOf = async (adapter: Adapter, name: string) =>
  (await adapter.discover!()).find((resource) => resource.name === name)!

async function readAll(adapter: Adapter, name: string, more: Partial<ReadRequest> = {}): Promise<Change[]> {
  const resource = await resourceOf(adapter, name)
  const items: Change[] = []
  let after: Json | undefined
  do {
    const page = await adapter.read!({ resource, scan: 'full', limit: 7, ...more, after })
    items.push(...page.items)
    after = page.more ? page.next : undefined
  } while (after !== undefined)
  return items
}

/** No word of it may be of a row. */
async function failure(call: Promise<unknown>, secret = 'Jane Doe'): Promise<ConnectorError> {
  const error: unknown = await call.then(() => undefined, (thrown: unknown) => thrown) // prettier-ignore
  if (!isConnectorError(error)) throw new TypeError(`no ConnectorError but ${inspect(error)}`)
  expect(error.message).toMatch(/^postgres: /)
  expect(inspect(error, { depth: 8, showHidden: true })).not.toContain(secret)
  return error
}

describe('a config', () => {
  const base = { host: 'db.example.com', database: 'shop' }

  test('takes the name of a database and its host, and proves who the host is by default', () => {
    expect(config.parse(base)).toMatchObject({ port: 5432, schemas: ['public'], sslmode: 'verify-full' })
  })

  test.each([
    [{ host: '/var/run/postgresql' }, 'no path'],
    [{ host: '@abstract' }, 'no path'],
    [{ host: 'postgres://db.example.com/shop' }, 'no URL'],
    [{ host: 'a.example.com,/tmp' }, 'no list'],
    [{ host: '' }, 'must be the name'],
    [{ database: 'postgres://db.example.com/shop?sslkey=/etc/passwd' }, 'must be the name of a database'],
    [{ database: 'dbname=shop sslrootcert=/etc/passwd' }, 'must be the name of a database'],
    [{ database: 'shop\0user\0postgres' }, 'must be the name of a database'],
    [{ ssl_ca: '/etc/ssl/ca.pem' }, 'not the name of a file'],
    [{ sslrootcert: '/etc/ssl/ca.pem' }, 'Unrecognized key'],
    [{ sslmode: 'require' }, 'expected one of'],
    [{ port: 0 }, 'expected number to be >=1'],
    [{ tables: ['orders'] }, 'must be a schema and a table'],
    [{ statement_timeout_seconds: 3600 }, 'expected number to be <=100'],
  ])('refuses %j', (given, message) => {
    expect(config.safeParse({ ...base, ...given }).error?.message).toContain(message)
  })
})

describe('an account', () => {
  test('is the cluster and the database', async () => {
    expect(await open().testConnection()).toEqual(sandbox.account)
  })

  test('is host, port and database where the server does not tell its cluster', async () => {
    await sql`revoke execute on function pg_control_system() from public`
    onTestFinished(async () => void (await sql`grant execute on function pg_control_system() to public`))
    const [database] = await sql`select oid from pg_database where datname = current_database()`
    const { host, port } = config.parse(sandbox.config)
    expect(await open().testConnection()).toEqual({ id: `${host}:${port}/${database!.oid}`, mode: 'live' })
  })
})

describe('discovery', () => {
  test('finds every table that has a key, and reads a partitioned one through its parent', async () => {
    const names = (await open().discover!()).map(({ name }) => name)
    expect(names.toSorted()).toEqual([...sandbox.resources].toSorted())
    expect(names).not.toContain('public.readings_early')
    expect(names).not.toContain('public.log')
  })

  test('tells of a table what its columns are, which of them are its key, and by which it is read on', async () => {
    const resource = await resourceOf(open({ hold_back_seconds: 5 }), 'public.orders')
    expect(resource).toMatchObject({
      collectionKey: 'postgres_public_orders',
      full: { by: 'pages' },
      incremental: { by: 'time', field: 'updated_at', split: 'asc', holdBackSeconds: 5 },
      details: {
        ...{ schema: 'public', table: 'orders' },
        key: [
          { name: 'customer_id', type: 'pg_catalog.int8' },
          { name: 'number', type: 'pg_catalog.int4' },
        ],
        cursor: { name: 'updated_at' },
        columns: [
          { name: 'number', type: 'integer' },
          { name: 'customer_id', type: 'bigint', as: '::text' },
          { name: 'status', type: 'order_status' },
          { name: 'total', type: 'numeric(14,2)', as: '::text' },
          { name: 'placed_on', type: 'date' },
          { name: 'updated_at', type: 'timestamp with time zone' },
        ],
      },
    })
    expect(await resourceOf(open(), 'public.readings')).not.toHaveProperty('incremental')
  })

  test('has columns that are generated, and none that are dropped', async () => {
    const { details } = await resourceOf(open(), 'public.customers')
    const names = (details as { columns: { name: string }[] }).columns.map(({ name }) => name)
    expect(names).toContain('domain')
    expect(names.some((name) => name === 'fax' || name.includes('dropped'))).toBe(false)
  })

  test('takes a unique key without nulls where there is no primary one, and no other unique key', async () => {
    const schema = await makeSchema(`
      create table good (a int not null, b int not null, c text, unique (a, b), unique (c));
      create unique index on good (a, b, c) include (c);
      create table nulls (a int unique);
      create table partial (a int not null); create unique index on partial (a) where a > 0;
      create table expression (a int not null); create unique index on expression (abs(a));
      create table deferred (a int not null unique deferrable)`)
    const found = await openSchema(schema).discover!()
    expect(found.map(({ name }) => name)).toEqual([`${schema}.good`])
    expect(found[0]!.details).toMatchObject({ key: [{ name: 'a' }, { name: 'b' }] })
  })

  test('shows what the user may read, and nothing else', async () => {
    const schema = await makeSchema(
      'create table seen (id int primary key, open text, shut text); create table unseen (id int primary key)',
    )
    await sql.unsafe(`revoke select on all tables in schema ${schema} from sandbox_reader;
      grant select (id, open) on ${schema}.seen to sandbox_reader; insert into ${schema}.seen values (1, 'seen', 'Jane Doe')`)
    const adapter = openSchema(schema)
    expect((await adapter.discover!()).map(({ name }) => name)).toEqual([`${schema}.seen`])
    expect((await readAll(adapter, `${schema}.seen`)).map(({ payload }) => payload)).toEqual([{ id: 1, open: 'seen' }])
  })

  test('names a table whose name is not plain by what is left of it and a hash, the same for ever', async () => {
    const names = [
      'Order Items',
      'order items',
      'order_items',
      '注文',
      '1st',
      "Robert'); drop table x; --",
      '"',
      '_',
      'a.b',
    ]
    const quoted = names.map((name) => `"${name.replaceAll('"', '""')}"`)
    const schema = await makeSchema(quoted.map((name) => `create table ${name} (id int primary key)`).join('; '))
    const adapter = openSchema(schema)
    const found = await adapter.discover!()
    expect(new Set(found.map(({ name }) => name)).size).toBe(names.length)
    expect(found.map(({ name }) => name)).toEqual(expect.arrayContaining([`${schema}.order_items`, `${schema}.1st`]))
    for (const resource of found)
      expect(await adapter.read!({ resource, scan: 'full', limit: 1 })).toMatchObject({ items: [] })
    expect((await resourceOf(open(), 'sales.order_items_f756f46b')).details).toMatchObject({ table: 'Order Items' })
  })

  test.each([
    [{ tables: ['public.log'] }, 'public.log has no key that the user may read; name columns in key_columns'],
    [{ tables: ['public.nothing'] }, 'tables names public.nothing, and no such table is read; correct it'],
    [
      { key_columns: { 'public.order_totals': ['nobody'] } },
      'key_columns names nobody, and public.order_totals has no such column',
    ],
    [{ key_columns: { 'public.nothing': ['id'] } }, 'key_columns names public.nothing'],
    [
      { cursor_columns: { 'public.orders': 'changed' } },
      'cursor_columns names changed, and public.orders has no such column',
    ],
    [
      { cursor_columns: { 'public.orders': 'placed_on' } },
      'which is of the type date; choose a column of the type timestamptz',
    ],
    [{ cursor_columns: { 'public.log': 'at' } }, 'public.log has no key'],
    [
      { models: { 'public.orders': { model: 'customer', mapping: { email: 'mail' } } } },
      'models maps mail of public.orders',
    ],
    [{ models: { 'public.orders': { model: 'customer', mapping: { total: 'total' } } } }, 'customer has no such field'],
    [{ schemas: ['pg_toast'] }, 'there is no table with a key that the user may read in pg_toast; name others'],
  ] as const)('refuses %j when the connection is tested', async (settings, message) => {
    const error = await failure(open({ ...NOTHING, ...(settings as Partial<Config>) }).testConnection())
    expect(error).toMatchObject({ code: 'config_invalid', message: expect.stringContaining(message) })
  })
})

describe('a full read', () => {
  test('gives every value of every type without loss', async () => {
    const [first, second, third, fourth] = await readAll(open(), 'public.kinds')
    expect(first!.payload).toEqual({
      ...{ id: '00000000-0000-4000-8000-000000000001', yes: true, small: 32_767, whole: 2_147_483_647 },
      ...{ big: '9223372036854775807', exact: '12345678901234567890123.4567890', price: '92233720368547758.07' },
      ...{
        real: 3.4028235e38,
        double: 1.7976931348623157e308,
        code: 'ab   ',
        words: 'Ünïcödé "quoted" \\ and\ttabs\r\n',
      },
      ...{ bytes: '\\xdeadbeef00', day: '5874897-12-31', at: '2024-02-29T18:29:59.123456+00:00' },
      ...{
        local: '2024-02-29T23:59:59.999999',
        clock: '24:00:00',
        zoned: '23:59:59.5-12',
        span: 'P1Y2M-3DT4H5M6.789S',
      },
      ...{ mood: 'very happy', tags: ['a', null, 'b,c', '{}', 'NULL', ''], matrix: [[1, 2], [3, 4]] }, // prettier-ignore
      ...{ amounts: ['1.50', '0.00', '1000'], bigs: ['9007199254740993', null], amount: '9007199254740993.10' },
      ...{
        part: { size: 1.5, note: 'x' },
        doc: JSON.parse(VERBATIM) as object,
        docb: { n: 1.5 },
        bits: '10101',
        ip: '::1',
      },
      ...{ net: '10.0.0.0/8', ids: '[1,9007199254740993)', lexemes: "'a':1 'b':2" },
    })
    expect(first!.raw).toContain(`"doc":${VERBATIM},`)
    expect(first!.raw).toContain('"part":{"size":1.50,')
    expect(second!.payload).toMatchObject({
      ...{ big: '-9223372036854775808', exact: 'NaN', price: '-0.01', real: 'NaN', double: '-Infinity', bytes: '\\x' },
      ...{ day: '-infinity', at: 'infinity', local: '0044-03-15T00:00:00 BC', clock: '00:00:00.000001' },
      ...{ span: 'PT-0.000001S', tags: [], matrix: [], amounts: ['NaN', 'Infinity'], bigs: [], mood: null },
    })
    expect(third!.payload).toMatchObject({
      exact: 'Infinity',
      double: 5e-324,
      day: '4713-01-01 BC',
      words: '\u2028 \u{1F600} </script>',
    })
    expect(Object.values(fourth!.payload!).filter((value) => value !== null)).toHaveLength(1)
  })
  const VERBATIM = `{ "a" : 1.50, "a": 9007199254740993, "z": "\\u0000" }`

  test('gives them, and the ids of their rows, the same whatever the database is set to', async () => {
    const read = async () => [...(await readAll(open(), 'public.kinds')), ...(await readAll(open(), 'public.readings'))]
    const before = await read()
    const user = `alter role sandbox_reader in database "${config.parse(sandbox.config).database}"`
    await sql.unsafe(`${user} set timezone = 'Asia/Kolkata'; ${user} set datestyle = 'German';
      ${user} set intervalstyle = 'sql_standard'; ${user} set bytea_output = 'escape'; ${user} set extra_float_digits = -15`)
    onTestFinished(async () => void (await sql.unsafe(`${user} reset all`)))
    expect(await read()).toEqual(before)
  })

  test('goes on behind the last row, whatever becomes of the rows meanwhile', async () => {
    const schema = await makeSchema(
      'create table t (a int, b text, primary key (a, b)); insert into t select n / 3, n from generate_series(0, 9) n',
    )
    const adapter = openSchema(schema)
    const resource = await resourceOf(adapter, `${schema}.t`)
    const { items, next } = await adapter.read!({ resource, scan: 'full', limit: 5 })
    expect(items.map(({ id }) => id)).toEqual(['["0","0"]', '["0","1"]', '["0","2"]', '["1","3"]', '["1","4"]'])
    await sql.unsafe(
      `delete from ${schema}.t where b = '4'; insert into ${schema}.t values (0, 'early'), (1, '40'), (9, 'late')`,
    )
    const rest = await adapter.read!({ resource, scan: 'full', limit: 5, after: next })
    expect(rest.items.map(({ id }) => id)).toEqual(['["1","40"]', '["1","5"]', '["2","6"]', '["2","7"]', '["2","8"]'])
  })

  test('starts again where the table has got another key', async () => {
    const adapter = open()
    const resource = await resourceOf(adapter, 'public.orders')
    for (const after of [['1'], '1', { a: 1 }])
      expect(await failure(adapter.read!({ resource, scan: 'full', limit: 5, after }))).toMatchObject({
        code: 'cursor_expired',
      })
  })

  test('refuses rows that share a key, where two of them stand at the end of a page too', async () => {
    const schema = await makeSchema(`create view v as select n / 2 as id from generate_series(0, 9) n`)
    const adapter = openSchema(schema, { key_columns: { [`${schema}.v`]: ['id'] } })
    const resource = await resourceOf(adapter, `${schema}.v`)
    for (const limit of [1, 2, 10])
      expect(await failure(adapter.read!({ resource, scan: 'full', limit }))).toMatchObject({
        code: 'config_invalid',
        message: expect.stringContaining('several rows with one key'),
      })
  })

  test('leaves out the rows of a view whose key has a null', async () => {
    const schema = await makeSchema(`create view v as select * from (values (1, 'a'), (null, 'b'), (2, null)) v (a, b)`)
    const adapter = openSchema(schema, { key_columns: { [`${schema}.v`]: ['a', 'b'] } })
    expect((await readAll(adapter, `${schema}.v`, { limit: 1 })).map(({ id }) => id)).toEqual(['["1","a"]'])
  })

  test('ends a page early where rows are large, and refuses one that is too large', async () => {
    const schema = await makeSchema(`create table t (id int primary key, doc text);
      insert into t select n, repeat('x', 3000000) from generate_series(1, 7) n`)
    const adapter = openSchema(schema)
    const resource = await resourceOf(adapter, `${schema}.t`)
    const page = await adapter.read!({ resource, scan: 'full', limit: 100 })
    expect(page).toMatchObject({ more: true, next: ['3'] })
    expect((await readAll(adapter, `${schema}.t`, { limit: 100 })).map(({ id }) => id)).toEqual('1234567'.split(''))
    const ids = (await adapter.get!(resource, '1234567'.split(''))).map(({ id }) => id)
    expect(ids.toSorted()).toEqual('1234567'.split(''))
    await sql.unsafe(`update ${schema}.t set doc = repeat('Jane Doe', 4500000) where id = 2`)
    expect(await failure(adapter.read!({ resource, scan: 'full', limit: 100 }))).toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('a row of more than 32 MiB; read a view of it'),
    })
  })
})

describe('an incremental read', () => {
  const T = (seconds: string) => `2025-01-01T00:00:${seconds}Z`
  const rows = `insert into t values
    (1, '${T('00')}'), (2, '${T('01')}'), (3, '${T('01.000001')}'), (5, '${T('02')}'), (4, '${T('02')}'), (6, '${T('02')}'),
    (7, '${T('02.999999')}'), (8, '${T('03')}'), (9, null), (10, 'infinity')`
  const setUp = async (type: string) => {
    const schema = await makeSchema(`create table t (id bigint primary key, at ${type}); ${rows}`)
    return { schema, name: `${schema}.t`, adapter: openSchema(schema, { cursor_columns: { [`${schema}.t`]: 'at' } }) }
  }
  const ids = (items: Change[]) => items.map(({ id }) => Number(id))

  test.each(['timestamptz', 'timestamp'])(
    'gives the rows of a window, its start in and its end out, by %s',
    async (type) => {
      const { adapter, name } = await setUp(type)
      const read = (window: object, limit: number) =>
        readAll(adapter, name, { scan: 'incremental', window: window as ReadRequest['window'], limit })
      for (const limit of [1, 2, 100]) {
        expect(ids(await read({ from: T('01'), to: T('03') }, limit))).toEqual([2, 3, 4, 5, 6, 7])
        expect(ids(await read({ to: T('02') }, limit))).toEqual([1, 2, 3])
        expect(ids(await read({ from: '2025-01-01T01:00:02+01:00', to: T('02.000001') }, limit))).toEqual([4, 5, 6])
        expect(ids(await read({ from: T('03'), to: T('03') }, limit))).toEqual([])
      }
    },
  )

  test('goes on among rows of one time, and where the window has become narrower since', async () => {
    const { adapter, name } = await setUp('timestamptz')
    const resource = await resourceOf(adapter, name)
    const request = { resource, scan: 'incremental', limit: 5 } as const
    const { items, next, reached } = await adapter.read!({ ...request, window: { from: T('00'), to: T('59') } })
    expect(ids(items)).toEqual([1, 2, 3, 4, 5])
    expect(Date.parse(reached!)).toBe(Date.parse(T('02')))
    const rest = await adapter.read!({ ...request, window: { from: T('01'), to: T('02.5') }, after: next })
    expect([ids(rest.items), rest.more]).toEqual([[6], false])
  })

  test('tells with microseconds how far it has come', async () => {
    const { adapter, name } = await setUp('timestamptz')
    const resource = await resourceOf(adapter, name)
    const page = await adapter.read!({ resource, scan: 'incremental', limit: 3, window: { to: T('59') } })
    expect(page.reached).toBe('2025-01-01T00:00:01.000001+00:00')
  })

  test('sees what is created and changed', async () => {
    const adapter = open()
    const now = new Date(sandbox.clock.now() - 1000).toISOString()
    const made = (await sandbox.mutate.create('public.orders', { total: '7.70' })) as {
      customer_id: string
      number: number
    }
    await sandbox.mutate.update('public.orders', '["9007199254740993","0"]', { status: 'sent back' })
    const window = { from: now, to: new Date(sandbox.clock.now() + 1000).toISOString() }
    const items = await readAll(adapter, 'public.orders', { scan: 'incremental', window })
    expect(items.map(({ id }) => id)).toEqual([`["${made.customer_id}","${made.number}"]`, '["9007199254740993","0"]'])
  })

  test('is unsupported where a table has no cursor column', async () => {
    const adapter = open()
    const resource = await resourceOf(adapter, 'public.readings')
    const window = { to: T('59') }
    expect(await failure(adapter.read!({ resource, scan: 'incremental', limit: 5, window }))).toMatchObject({
      code: 'unsupported',
      message: 'postgres: public.readings has no cursor column; name one in cursor_columns',
    })
  })
})

describe('a get', () => {
  test('answers those that are there, and is not disturbed by what can be no key', async () => {
    const adapter = open()
    const resource = await resourceOf(adapter, 'public.orders')
    const known = ['["9007199254740993","20"]', '["9007199254740994","1"]']
    const strange = [
      '["9007199254740993","x"]',
      '["99999999999999999999","1"]',
      '["1"]',
      '1',
      '',
      '{"a":1}',
      '["1",2]',
      '["1","\\u0000"]',
    ]
    const found = await adapter.get!(resource, [...known, ...strange, '["1","1"]'])
    expect(found.map(({ id }) => id).toSorted()).toEqual(known)
    expect(found[0]!.raw).toContain('"total":"')
  })

  test('finds rows by keys that need care', async () => {
    const adapter = open()
    for (const name of ['sales.order_items_f756f46b', 'public.readings', 'public.kinds', 'public.order_totals']) {
      const resource = await resourceOf(adapter, name)
      const { items } = await adapter.read!({ resource, scan: 'full', limit: 100 })
      const got = await adapter.get!(resource, items.map(({ id }) => id)) // prettier-ignore
      const byId = (a: Change, b: Change) => (a.id < b.id ? -1 : 1)
      expect(got.toSorted(byId)).toEqual(items.toSorted(byId))
    }
  })

  test('finds nothing of what is not there', async () => {
    const adapter = open()
    expect(await adapter.get!(await resourceOf(adapter, 'public.customers'), ['1', 'x'])).toEqual([])
  })
})

describe('a failure', () => {
  test.each([
    [`select 1 as id, ('Jane Doe' || random())::int as n`, 'invalid_request', '(22P02)'],
    ['select 1 as id, 1 / (random() * 0)::int as n', 'invalid_request', '(22012)'],
  ])('of the statement %s shows nothing of a row', async (view, code, told) => {
    const schema = await makeSchema(`create view v as ${view}`)
    const adapter = openSchema(schema, { key_columns: { [`${schema}.v`]: ['id'] } })
    const resource = await resourceOf(adapter, `${schema}.v`)
    const errors = [
      await failure(adapter.read!({ resource, scan: 'full', limit: 1 })),
      // The id is a good one: that it is not answered would be a deletion.
      await failure(adapter.get!(resource, ['1'])),
    ]
    expect(errors).toMatchObject(Array(2).fill({ code, message: expect.stringContaining(told) }))
  })

  test.each([
    ['revoke select on t from sandbox_reader', 'forbidden', '(42501)'],
    ['alter table t drop column name', 'not_found', '(42703)'],
    ['drop table t', 'not_found', '(42P01)'],
  ])('after %s says what became of the table', async (statement, code, told) => {
    const schema = await makeSchema('create table t (id int primary key, name text)')
    const adapter = openSchema(schema)
    const resource = await resourceOf(adapter, `${schema}.t`)
    await sql.unsafe(statement.replace(/\bt\b/, `${schema}.t`))
    expect(await failure(adapter.read!({ resource, scan: 'full', limit: 1 }))).toMatchObject({
      code,
      message: expect.stringContaining(told),
    })
  })

  /** Gives what `work` does while the table is kept from everybody, and until it waits for that. */
  async function whileLocked<Result>(work: () => Promise<Result>, meanwhile = async () => {}): Promise<Result> {
    const unlock = await sandbox.lock('public.customers')
    try {
      const [result] = await Promise.all([work(), untilWaiting().then(meanwhile)])
      return result
    } finally {
      await unlock()
    }
  }
  const untilWaiting = () => expect.poll(async () => (await sql`select from pg_locks where not granted`).length).toBe(1)

  test('to answer in time is upstream_unavailable', async () => {
    const adapter = open({ statement_timeout_seconds: 1 })
    const resource = await resourceOf(adapter, 'public.customers')
    const error = await whileLocked(() => failure(adapter.read!({ resource, scan: 'full', limit: 1 })))
    expect(error).toMatchObject({ code: 'upstream_unavailable', message: expect.stringContaining('(57014)') })
  })

  test('of the connection, idle or at work, is upstream_unavailable at most, and the next statement has another', async () => {
    const adapter = open()
    const resource = await resourceOf(adapter, 'public.customers')
    const read = () => adapter.read!({ resource, scan: 'full', limit: 1 })
    expect(await whileLocked(() => failure(read()), sandbox.terminate)).toMatchObject({ code: 'upstream_unavailable' })
    expect((await read()).items).toHaveLength(1)
    await sandbox.terminate()
    await read().catch((error: unknown) => expect(error).toMatchObject({ code: 'upstream_unavailable' }))
    expect((await read()).items).toHaveLength(1)
  })

  test('to wait is its caller’s: what is told to stop stops with the reason', async () => {
    const stop = new AbortController()
    const adapter = open({ signal: stop.signal })
    const resource = await resourceOf(adapter, 'public.customers')
    const read = () => adapter.read!({ resource, scan: 'full', limit: 1 }).catch((error: unknown) => error)
    const reason = new Error('enough')
    expect(await whileLocked(read, async () => stop.abort(reason))).toBe(reason)
  })
})

test('writes nothing, even where a view would', async () => {
  const schema = await makeSchema(`create sequence seen; create view v as select nextval('seen')::int as id`)
  await sql.unsafe(`grant usage on sequence ${schema}.seen to sandbox_reader`)
  const adapter = openSchema(schema, { key_columns: { [`${schema}.v`]: ['id'] } })
  const resource = await resourceOf(adapter, `${schema}.v`)
  expect(await failure(adapter.read!({ resource, scan: 'full', limit: 1 }))).toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining('(25006)'),
  })
})

test('is not called while it is only opened, and lets go of its connection when it is closed', async () => {
  const connections = async () =>
    Number(
      (
        await sql`select count(*) from pg_stat_activity where usename = 'sandbox_reader' and datname = current_database()`
      )[0]!.count,
    )
  await expect.poll(connections).toBe(0)
  const adapter = open()
  expect(await connections()).toBe(0)
  await adapter.testConnection()
  expect(await connections()).toBe(1)
  await adapter.close!()
  await expect.poll(connections).toBe(0)
})
