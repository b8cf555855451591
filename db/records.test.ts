import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { models, modelNames, type Field, type ModelName, type Unified, type UnifiedRecord } from '@tributary/sdk/models'
import { deleteRecords, upsertRecords, type RecordWrite } from './records.ts'
import { createTestOrg, type TestOrg } from '../stack/test-org.ts'

let org: TestOrg
beforeAll(async () => {
  org = await createTestOrg()
})
afterAll(() => org.close())

type Row = Record<string, unknown>
const newKey = async () => ({ ...(await org.connect()), resource: 'thing', source_system: 'x' })
type Key = Awaited<ReturnType<typeof newKey>>

const parse = (record: Unified) => models[record.model].schema.parse(record) as UnifiedRecord
const write = (record: Unified, over: Partial<RecordWrite> = {}): RecordWrite => ({
  unified_id: randomUUID(),
  external_id: record.source_id,
  archived_at: null,
  record: parse(record),
  ...over,
})
const save = (key: Key, model: ModelName, rows: RecordWrite[]) =>
  org.within((tx) => upsertRecords(tx, key, model, rows))

/** In the order of their source ids. */
const read = (key: Key, model: ModelName): Promise<Row[]> =>
  org.within(async (tx) => [
    ...(await tx.execute<Row>(
      sql`select * from ${sql.identifier(models[model].table)} where connection_id = ${key.connection_id} order by source_id`,
    )),
  ])

const SAMPLES = {
  text: (name: string) => `${name} of 日本, "quoted" 'twice' \\ and\nbroken`,
  decimal: () => '12345678901234567890.10',
  integer: () => -7,
  boolean: () => false,
  timestamp: () => '2026-01-02T03:04:05.678901Z',
  date: () => '2024-02-29',
}
const JSON_SAMPLES: Record<string, unknown> = {
  tags: ['', 'a,b', '{}', '👍'],
  company_ids: ['1', '2'],
  customer_ids: [],
  line_items: [{ description: 'x', quantity: 0.5, unit_price: '1.10', total: null }],
  items: [
    {
      id: 'si_1',
      product_id: null,
      price_id: 'p',
      quantity: 3,
      unit_price: '0.001',
      interval: 'month',
      interval_count: 1,
    },
  ],
}
const address = { street: "1 O'Neil St", city: '', state: null, postal_code: '00123', country: 'IE' }

function sampleOf(model: ModelName): Unified {
  const fields = Object.entries<Field>(models[model].fields).map(([name, field]) => {
    if (field.column === 'json') return [name, JSON_SAMPLES[name] ?? address]
    const allowed = field.schema.safeParse(undefined).success ? optionsOf(field) : undefined
    return [name, allowed?.[0] ?? SAMPLES[field.column](name)]
  })
  const times = { created_at: '2026-01-02T03:04:05+02:00', updated_at: '2026-01-02T03:04:05Z' }
  return {
    model,
    source_id: 'id_1',
    ...times,
    custom_fields: { a: { b: [1, null, 'c'] } },
    ...Object.fromEntries(fields),
  }
}

/** The words of an enumeration. */
function optionsOf(field: Field): string[] | undefined {
  const issue = field.schema.safeParse('no such word').error?.issues[0]
  return issue?.code === 'invalid_value' ? (issue.values as string[]) : undefined
}

test.each(modelNames)('Every field of a %s comes back as it was given', async (model) => {
  const key = await newKey()
  const sample = sampleOf(model)
  const row = write(sample, { archived_at: '2026-05-05T00:00:00Z' })
  await save(key, model, [row])
  const [stored] = await read(key, model)
  const { model: _, created_at: _created, ...fields } = row.record
  expect(stored).toMatchObject({
    ...fields,
    created_at: '2026-01-02T01:04:05Z',
    archived_at: '2026-05-05T00:00:00Z',
    deleted_at: null,
    schema_version: models[model].version,
    source_system: 'x',
    external_id: 'id_1',
    org_id: org.org_id,
  })
})

test.each(modelNames)('What the source leaves out of a %s stays null', async (model) => {
  const key = await newKey()
  await save(key, model, [write({ model, source_id: 'id_1' } as Unified)])
  const [stored] = await read(key, model)
  const names = Object.keys(models[model].fields)
  expect(names.map((name) => [name, stored![name]])).toEqual(names.map((name) => [name, null]))
  expect(stored).toMatchObject({ created_at: null, updated_at: null, custom_fields: {} })
})

const customer = (source_id: string, name: string | null, more: object = {}): Unified => ({
  model: 'customer',
  source_id,
  name,
  ...more,
})

test('Text that Postgres cannot hold is replaced, in columns and inside of JSON, and stops no batch', async () => {
  const key = await newKey()
  const bad = 'a\u0000b\ud800c\u001ed\u001fe'
  const nested = { [`k\u0000`]: [bad, { deep: '\udfff' }], fine: '👍 \\u0000 \u0007' }
  await save(key, 'customer', [
    write(customer('1', 'before')),
    write(customer('2', bad, { tags: [bad, '\u001e'], custom_fields: nested })),
    write(customer('3', 'after')),
  ])
  const rows = await read(key, 'customer')
  expect(rows.map(({ name }) => name)).toEqual(['before', 'a\ufffdb\ufffdc\ufffdd\ufffde', 'after'])
  expect(rows[1]).toMatchObject({
    tags: ['a\ufffdb\ufffdc\u001ed\u001fe', '\u001e'],
    custom_fields: { 'k\ufffd': ['a\ufffdb\ufffdc\u001ed\u001fe', { deep: '\ufffd' }], fine: '👍 \\u0000 \u0007' },
  })
})

test('JSON that Postgres can hold is not touched', async () => {
  const key = await newKey()
  const custom_fields = { separators: '\u001e \u001f', escaped: '\\u0000 \\ud800', pair: '\ud83d\udc4d', '': [] }
  await save(key, 'customer', [write(customer('1', null, { custom_fields }))])
  expect((await read(key, 'customer'))[0]).toMatchObject({ custom_fields })
})

test('Any text and any JSON of a record is stored beside any other', async () => {
  const storable = fc.string({ unit: 'binary' }).filter((value) => !/[\u0000\u001e\u001f]/.test(value))
  const keys = storable.filter((name) => name !== '__proto__')
  const json = fc.dictionary(keys, fc.oneof(storable, fc.boolean(), fc.constant(null), fc.array(storable)))
  const people = fc.array(fc.record({ name: fc.option(storable), custom_fields: json }), { minLength: 1, maxLength: 5 })
  const key = await newKey()
  await fc.assert(
    fc.asyncProperty(people, async (values) => {
      const connection = { ...key, connection_id: randomUUID() }
      const rows = values.map(({ name, custom_fields }, index) =>
        write(customer(String(index), name, { custom_fields })),
      )
      await save(connection, 'customer', rows)
      const stored = await read(connection, 'customer')
      expect(stored.map(({ name, custom_fields }) => ({ name, custom_fields }))).toEqual(
        values.map(({ name, custom_fields }) => ({ name, custom_fields: { ...custom_fields } })),
      )
    }),
    { numRuns: 60 },
  )
})

test('Money keeps every digit', async () => {
  const key = await newKey()
  const amounts = ['0', '-0.001', '1.50', '1.500', '99999999999999999999999999.999999', '0.000000000000000001']
  const invoices = amounts.map((total, index) => write({ model: 'invoice', source_id: String(index), total }))
  await save(key, 'invoice', invoices)
  expect((await read(key, 'invoice')).map(({ total }) => total)).toEqual(amounts)
})

test('A record is overwritten as a whole, by its unified id', async () => {
  const key = await newKey()
  const unified_id = randomUUID()
  await save(key, 'customer', [write(customer('1', 'Ada', { email: 'ada@example.com' }), { unified_id })])
  const [first] = await read(key, 'customer')
  await save(key, 'customer', [write(customer('1', 'Ada L.'), { unified_id })])
  const rows = await read(key, 'customer')
  expect(rows).toHaveLength(1)
  expect(rows[0]).toMatchObject({ name: 'Ada L.', email: null })
  expect(rows[0]!.synced_at).not.toBe(first!.synced_at)
})

test('A record that two objects of one batch give is written once, as the later one gives it', async () => {
  const key = await newKey()
  const unified_id = randomUUID()
  await save(key, 'customer', [
    write(customer('1', 'first'), { unified_id, external_id: 'a' }),
    write(customer('2', 'other')),
    write(customer('1', 'second'), { unified_id, external_id: 'b' }),
  ])
  const rows = await read(key, 'customer')
  expect(rows.map(({ name, external_id }) => [name, external_id])).toEqual([
    ['second', 'b'],
    ['other', '2'],
  ])
})

test('Records of objects that no longer give them are deleted, and come back when they do', async () => {
  const key = await newKey()
  const [kept, gone, other] = ['kept', 'gone', 'other'].map((name) =>
    write(customer(name, name), { external_id: 'o1' }),
  )
  const foreign = write(customer('foreign', 'foreign'), { external_id: 'o2' })
  await save(key, 'customer', [kept!, gone!, other!, foreign])
  const live = async () =>
    (await read(key, 'customer')).filter((row) => row.deleted_at === null).map(({ name }) => name)
  const drop = (external_ids: string[], keep: RecordWrite[]) =>
    org.within((tx) => deleteRecords(tx, key, 'customer', { external_ids, keep: keep.map((row) => row.unified_id) }))
  await drop(['o1'], [kept!, other!])
  expect(await live()).toEqual(['foreign', 'kept', 'other'])
  await drop([], [])
  expect(await live()).toEqual(['foreign', 'kept', 'other'])
  await drop(['o1'], [])
  expect(await live()).toEqual(['foreign'])
  await save(key, 'customer', [gone!])
  expect(await live()).toEqual(['foreign', 'gone'])
  // Of another resource of the same connection with the same ids.
  await org.within((tx) =>
    deleteRecords(tx, { ...key, resource: 'else' }, 'customer', { external_ids: ['o1', 'o2'], keep: [] }),
  )
  expect(await live()).toEqual(['foreign', 'gone'])
})

test('When a record was deleted is not stamped again', async () => {
  const key = await newKey()
  await save(key, 'customer', [write(customer('1', 'x'))])
  const drop = () => org.within((tx) => deleteRecords(tx, key, 'customer', { external_ids: ['1'], keep: [] }))
  await drop()
  const [first] = await read(key, 'customer')
  await drop()
  expect(await read(key, 'customer')).toEqual([first])
})
