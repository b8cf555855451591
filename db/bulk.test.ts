import fc from 'fast-check'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { textArray, toPostgresText, unnest, type BulkColumn } from './bulk.ts'
import { createTestOrg, type TestOrg } from '../stack/test-org.ts'

let org: TestOrg
beforeAll(async () => {
  org = await createTestOrg()
})
afterAll(() => org.close())

/** What Postgres makes of columns of one length: rows of text, in their order. */
async function through(columns: BulkColumn[]): Promise<(string | null)[][]> {
  const names = sql.join(
    columns.map(({ name }) => sql`r.${sql.identifier(name)}::text`),
    sql`, `,
  )
  const rows = await org.db.execute<Record<string, string | null>>(sql`select ${names} from ${unnest(columns, 'r')}`)
  return rows.map((row) => columns.map(({ name }) => row[name]!))
}

const text = (values: (string | null)[], name = 'a'): BulkColumn => ({ name, type: 'text', values })
const rowsOf = (values: (string | null)[]) => values.map((value) => [value])

test.each([
  ['no value', []],
  ['a single empty string', ['']],
  ['a single null', [null]],
  ['only empty strings', ['', '', '']],
  ['empty strings and nulls at the ends', ['', null, 'a', null, '']],
  ['what looks like a null or an array', ['NULL', 'null', '{}', '{a,b}', '[2:3]={a,b}']],
  ['quotes and backslashes', [`'`, `''`, '"', '\\', '\\\\', `E'\\x1e'`, '$1', '$$', '--', '/*']],
  ['white space', [' ', '\n', '\r\n', '\t', '\u00a0', '\u2028', '\ufeff']],
  ['letters of all kinds', ['ä', '日本語', 'עברית', '👩‍👩‍👧', 'a\u0301', '\u{10ffff}', '\ufffd', '\uffff']],
  [
    'all control characters that Postgres can hold',
    [...Array(32).keys()].filter((code) => ![0, 30, 31].includes(code)).map((code) => String.fromCharCode(code)),
  ],
])('Text comes back as it was: %s', async (_, values) => {
  expect(await through([text(values)])).toEqual(rowsOf(values))
})

test('Seventy thousand values are one statement, each at its place', async () => {
  const values = Array.from({ length: 70_000 }, (_, index) =>
    index % 7 === 0 ? null : index % 5 === 0 ? '' : `v${index}`,
  )
  expect(await through([text(values), text(values.toReversed(), 'b')])).toEqual(
    values.map((value, index) => [value, values.at(-1 - index)]),
  )
})

test.each([
  ['null', null],
  ['an empty string', ''],
  ['what looks like code', `'; select $1 --`],
])('A column that is %s throughout stands in every row', async (_, value) => {
  const rows = Array.from({ length: 3 }, (_, index) => [String(index), value])
  expect(await through([text(['0', '1', '2']), text([value, value, value], 'b')])).toEqual(rows)
})

test('A constant column has the type that it is given, and is none where there are no rows', async () => {
  const typed = (values: string[]) => [text(values), { name: 'b', type: 'bytea', values: values.map(() => '\\x00ff') }]
  expect(await through(typed(['x', 'y']))).toEqual([
    ['x', '\\x00ff'],
    ['y', '\\x00ff'],
  ])
  expect(await through(typed([]))).toEqual([])
})

test('Columns of several types keep their rows together', async () => {
  const columns: BulkColumn[] = [
    text(['x', null, '']),
    { name: 'b', type: 'bigint', values: ['9007199254740991', null, '-1'] },
    { name: 'c', type: 'numeric', values: ['12.50', '123456789012345678901234567890.10', null] },
    { name: 'd', type: 'bytea', values: ['\\x00ff', '\\x', null] },
    { name: 'e', type: 'json', values: ['{"a": "\\u0000 \\ud800",  "n": 12345678901234567890.10}', null, '""'] },
    { name: 'f', type: 'timestamptz', values: ['2026-01-01T00:00:00.123456Z', null, '2026-01-01T01:00:00+01:00'] },
    { name: 'g', type: 'boolean', values: ['true', 'false', null] },
  ]
  expect(await through(columns)).toEqual([
    ['x', '9007199254740991', '12.50', '\\x00ff', columns[4]!.values[0], '2026-01-01 00:00:00.123456+00', 'true'],
    [null, null, '123456789012345678901234567890.10', '\\x', null, null, 'false'],
    ['', '-1', null, null, '""', '2026-01-01 00:00:00+00', null],
  ])
})

/** Any code units: lone surrogates, NUL and our separators among them. */
const anyText = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) })
const awkward = fc.constantFrom('\u0000', '\u001e', '\u001f', '\ud800', '\udc00', '', 'a', '\\', "'", '👍')
const texts = fc.oneof(
  anyText,
  fc.array(awkward).map((parts) => parts.join('')),
)

test('Whatever is storable comes back as it was, and nulls stay apart', async () => {
  const values = fc.array(fc.option(texts.map(toPostgresText)), { maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(values, async (column) => {
      expect(await through([text(column), text(column.toReversed(), 'b')])).toEqual(
        column.map((value, index) => [value, column.at(-1 - index)]),
      )
    }),
    { numRuns: 150 },
  )
})

test('An array of texts comes back as it was', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(texts.map(toPostgresText)), async (values) => {
      const [row] = await org.db.execute(sql`select ${textArray(values)} as values`)
      expect(row).toEqual({ values })
    }),
    { numRuns: 100 },
  )
})

test('Only what Postgres cannot hold is replaced, each unit by one mark', () => {
  expect(toPostgresText('a\u0000b\u001ec\u001fd')).toBe('a\ufffdb\ufffdc\ufffdd')
  expect(toPostgresText('\ud800')).toBe('\ufffd')
  expect(toPostgresText('x\udc00y')).toBe('x\ufffdy')
  expect(toPostgresText('👍 ok \u0001\u001d \u0020')).toBe('👍 ok \u0001\u001d \u0020')
  fc.assert(
    fc.property(texts, (value) => {
      const stored = toPostgresText(value)
      return stored.isWellFormed() && stored.length === value.length && toPostgresText(stored) === stored
    }),
  )
})
