import { Readable } from 'node:stream'
import {
  isConnectorError,
  uploadOf as inMemory,
  type Adapter,
  type Change,
  type Json,
  type Upload,
} from '@tributary/sdk'
import fc from 'fast-check'
import iconv from 'iconv-lite'
import { expect, test } from 'vitest'
import { config } from './config.ts'
import csv from './index.ts'
import { surveyOf } from './survey.ts'

const uploadOf = (content: Buffer | string, { chunk = 65_536, revision = 'r1' } = {}): Upload => {
  const bytes = Buffer.from(content)
  const chunks = function* (from: number) {
    for (let at = from; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk)
  }
  return { ...inMemory(revision, bytes), open: (fromByte) => Readable.from(chunks(fromByte)) }
}

const open = (upload: Upload | undefined, given: object = {}, signal = new AbortController().signal): Adapter =>
  csv.open({
    config: config.parse(given),
    secret: () => '',
    fetch: () => Promise.reject(new Error('a file needs no network')),
    dial: () => Promise.reject(new Error('a file needs no network')),
    signal,
    ...(upload && { upload }),
  })

const rowResource = async (adapter: Adapter) => (await adapter.discover!())[0]!

/** Every page in the hands of another adapter, as if each had run in another process. */
async function readPages(upload: Upload, given: object, limit: number): Promise<Change[][]> {
  const resource = await rowResource(open(upload, given))
  const pages: Change[][] = []
  let after: Json | undefined
  for (let more = true; more;) {
    const page = await open(upload, given).read!({ resource, scan: 'full', limit, after })
    pages.push(page.items)
    more = page.more
    after = page.next
    expect(more).toBe(after !== undefined)
  }
  return pages
}
const readAll = async (content: Buffer | string, given: object = {}) =>
  (await readPages(uploadOf(content), given, 1000)).flat()
const payloads = async (content: Buffer | string, given: object = {}) =>
  (await readAll(content, given)).map(({ payload }) => payload)
const layoutOf = async (upload: Upload, given: object = {}) =>
  (await surveyOf(upload, config.parse(given), new AbortController().signal)).layout
const columns = async (content: Buffer | string, given: object = {}) => {
  const { columns } = await layoutOf(uploadOf(content), given)
  return Object.fromEntries(columns.map(({ name, type }) => [name, type]))
}
const refusal = async (content: Buffer | string, given: object = {}) => {
  const error: unknown = await open(uploadOf(content), given)
    .testConnection()
    .catch((thrown: unknown) => thrown)
  expect(isConnectorError(error) && error.code).toBe('config_invalid')
  return String(error).replace(/^.*?csv: /, 'csv: ')
}

test('is nobody in particular: a file has no account', async () => {
  await expect(open(uploadOf('a\n1\n')).testConnection()).resolves.toEqual({ id: 'csv', mode: 'live' })
})

test('gives a row as an object of its columns, named by its key as it is written', async () => {
  expect(await readAll('no,name\n007,Jane\n8,\n', { key_column: 'no' })).toEqual([
    { resource: 'row', id: '007', payload: { no: '007', name: 'Jane' } },
    { resource: 'row', id: '8', payload: { no: '8', name: null } },
  ])
})

test('answers the content of the last whole pass with an empty page, unless it is read otherwise now', async () => {
  const upload = uploadOf('a;b\n1;2\n')
  const resource = await rowResource(open(upload))
  const request = { resource, scan: 'full', limit: 10 } as const
  const { revision } = await open(upload).read!(request)
  expect(await open(upload).read!({ ...request, revision })).toEqual({ items: [], more: false, revision })
  expect((await open(upload, { key_column: 'b' }).read!({ ...request, revision })).items).toMatchObject([{ id: '2' }])
  const other = uploadOf('a;b\n1;2\n', { revision: 'r2' })
  expect((await open(other).read!({ ...request, revision })).items).toHaveLength(1)
})

test('tells how many rows there are, for progress', async () => {
  const adapter = open(uploadOf('a\n1\n\n2\n3\n'))
  const page = await adapter.read!({ resource: await rowResource(adapter), scan: 'full', limit: 2 })
  expect(page).toMatchObject({ total: 3, more: true })
})

test('starts again when the file was replaced between two pages', async () => {
  const before = open(uploadOf('a\n1\n2\n3\n', { revision: 'r1' }))
  const resource = await rowResource(before)
  const { next: after } = await before.read!({ resource, scan: 'full', limit: 1 })
  const page = open(uploadOf('a\n1\n2\n3\n4\n', { revision: 'r2' })).read!({ resource, scan: 'full', limit: 9, after })
  await expect(page).rejects.toMatchObject({ code: 'cursor_expired' })
})

test('reads a replaced file as it is, whatever was known of the one before', async () => {
  const resource = await rowResource(open(uploadOf('a;b\n1;2\n', { revision: 'r1' })))
  const page = await open(uploadOf('b,c,d\nx,y,z\n', { revision: 'r2' })).read!({ resource, scan: 'full', limit: 9 })
  expect(page.items.map(({ payload }) => payload)).toEqual([{ b: 'x', c: 'y', d: 'z' }])
})

test('never takes a file that ends too early for a whole one, nor the stump of a row for a row', async () => {
  const whole = uploadOf('a,b\n1,first\n2,second\n3,third\n')
  const resource = await rowResource(open(whole))
  await layoutOf(whole)
  for (const stump of ['a,b\n1,first\n2,sec', 'a,b\n1,first\n2,second\n', 'a,b\n']) {
    for (const limit of [1, 2, 9]) {
      const shorter = open({ ...uploadOf(stump), derive: whole.derive })
      const pages = async () => {
        let after: Json | undefined
        const items: Change[] = []
        for (let more = true; more;) {
          const page = await shorter.read!({ resource, scan: 'full', limit, after })
          items.push(...page.items)
          ;({ more, next: after } = page)
        }
        return items
      }
      await expect(pages()).rejects.toMatchObject({ code: 'cursor_expired' })
    }
  }
})

test('waits for its file, and says so where it is to be read before it has one', async () => {
  await expect(open(undefined).testConnection()).resolves.toEqual({ id: 'csv', mode: 'live' })
  const message = 'csv: this connection has no file; give it one with PUT /v1/connections/:id/content'
  await expect(open(undefined).discover!()).rejects.toMatchObject({ code: 'config_invalid', message })
  const resource = await rowResource(open(uploadOf('a\n1\n')))
  await expect(open(undefined).read!({ resource, scan: 'full', limit: 1 })).rejects.toMatchObject({ message })
})

// ── Rows without a key ──

test('knows a row without a key by what it holds, and counts those that are alike', async () => {
  const ids = (await readAll('a,b\n1,x\n2,y\n1,x\n1,x\n')).map(({ id }) => id)
  expect(ids[0]).toMatch(/^[0-9a-f]{16}-1$/)
  expect(ids[2]).toBe(ids[0]!.replace(/-1$/, '-2'))
  expect(ids[3]).toBe(ids[0]!.replace(/-1$/, '-3'))
  expect(new Set(ids).size).toBe(4)
})

test('keeps the id of a row where it moves, where others come and go, and where it is written otherwise', async () => {
  const [jane] = await readAll('name,city\nJane,Köln\nJohn,Bonn\n')
  const moved = await readAll('name;city\r\n"Ann";Ulm\r\n"Jane";"Köln"\r\n')
  expect(moved.map(({ id }) => id)).toContain(jane!.id)
})

test('counts those that are alike across pages and processes, also where there are thousands', async () => {
  const content = `a\n${'x\ny\n'.repeat(1500)}`
  const ids = (await readPages(uploadOf(content), {}, 700)).flat().map(({ id }) => id)
  expect(new Set(ids).size).toBe(3000)
  expect(ids.filter((id) => id.endsWith('-1500'))).toHaveLength(2)
})

test('counts them also where thousands of rows have their like, each another', async () => {
  const rows = Array.from({ length: 3000 }, (_, n) => `${n},x`)
  const content = ['a,b', ...rows, ...rows.toReversed(), ...rows.slice(0, 100), ''].join('\n')
  const ids = (await readPages(uploadOf(content), {}, 450)).flat().map(({ id }) => id)
  expect(ids).toHaveLength(6100)
  expect(new Set(ids).size).toBe(6100)
  expect(['-1', '-2', '-3'].map((end) => ids.filter((id) => id.endsWith(end)).length)).toEqual([3000, 3000, 100])
})

// ── How much of a file is looked at ──

test('looks a file over once, whoever reads a page of it, and again where it is to be read otherwise', async () => {
  const upload = uploadOf(`a,b\n${'1,x\n2,y\n'.repeat(2000)}`)
  let looks = 0
  const watched: Upload = {
    ...upload,
    derive: (name, make) => upload.derive(name, () => (looks++, make())),
  }
  expect(await readPages(watched, {}, 900)).toHaveLength(5)
  expect(looks).toBe(1)
  await readPages(watched, { null_values: ['x'] }, 4000)
  expect(looks).toBe(2)
})

test('looks at the first 16 MiB of a file, be it without end, while somebody waits', async () => {
  const rows = Buffer.from(`${'x'.repeat(60)},${'y'.repeat(60)}\n`.repeat(5000))
  let taken = 0
  const chunks = function* () {
    yield Buffer.from('a,b\n')
    for (;;) {
      taken += rows.length
      yield rows
    }
  }
  const upload: Upload = { ...uploadOf(''), open: () => Readable.from(chunks()) }
  await expect(open(upload).testConnection()).resolves.toEqual({ id: 'csv', mode: 'live' })
  expect(await open(upload).discover!()).toHaveLength(1)
  expect(taken).toBeGreaterThan(2 * 16_777_216)
  expect(taken).toBeLessThan(100_000_000)
})

test('tells what is wrong behind those before it gives the first row', async () => {
  const content = `a\n${`${'x'.repeat(999_999)}\n`.repeat(19)}x,y\n`
  const resource = await rowResource(open(uploadOf(content)))
  await expect(open(uploadOf(content)).read!({ resource, scan: 'full', limit: 1 })).rejects.toMatchObject({
    code: 'config_invalid',
    message: expect.stringContaining('csv: line 21 has 2 columns where the header has 1'),
  })
})

// ── What files are like ──

test.each([
  [',', 'a,b\n1,2\n'],
  [';', 'name;price\nPen;1,50\nInk;2,75\n'],
  ['\t', 'a\tb, c\n1\t2\n'],
  ['|', 'a|b|c\n1|2|3\n'],
  [';', 'id;text, long\n1;"a, b"\n2;"c, d"\n'],
  [',', 'text\none; two\nthree\n'],
])('finds the delimiter %j by itself', async (delimiter, content) => {
  expect(await layoutOf(uploadOf(content))).toMatchObject({ delimiter })
})

const umlauts = 'name;city\nJürgen Groß;Köln\nFrançois Noël;Besançon\n'
test.each<[string, Buffer, string]>([
  ['UTF-8', Buffer.from(umlauts), 'utf-8'],
  ['UTF-8 with a mark', Buffer.from(`\ufeff${umlauts}`), 'utf-8'],
  ['UTF-16, low byte first, with a mark', iconv.encode(umlauts, 'utf-16le', { addBOM: true }), 'utf-16le'],
  ['UTF-16, high byte first, with a mark', iconv.encode(umlauts, 'utf-16be', { addBOM: true }), 'utf-16be'],
  ['UTF-16, low byte first', iconv.encode(umlauts, 'utf-16le'), 'utf-16le'],
  ['UTF-16, high byte first', iconv.encode(umlauts, 'utf-16be'), 'utf-16be'],
  ['Latin-1', iconv.encode(umlauts, 'latin1'), 'windows-1252'],
  ['windows-1252', iconv.encode(umlauts.replace('Groß', '€ “Groß”'), 'windows-1252'), 'windows-1252'],
])('finds that a file is in %s', async (_name, content, encoding) => {
  expect(await layoutOf(uploadOf(content, { chunk: 7 }))).toMatchObject({ encoding })
  expect((await payloads(content))[1]).toEqual({ name: 'François Noël', city: 'Besançon' })
})

test('reads a file in the encoding that it is told', async () => {
  const content = iconv.encode('имя,город\nИван,Москва\n', 'koi8-r')
  expect(await payloads(content, { encoding: 'koi8-r' })).toEqual([{ имя: 'Иван', город: 'Москва' }])
})

test('takes line breaks in any mix, and lets blank lines and rows of nothing but delimiters be none', async () => {
  expect(await payloads('\r\n\na,b\r1,2\r\n\n3,4\n,\n5,6')).toEqual([
    { a: 1, b: 2 },
    { a: 3, b: 4 },
    { a: 5, b: 6 },
  ])
})

test('gives null for what is empty, missing at the end of a row, or said to be nothing', async () => {
  expect(await payloads('a,b,c\nx,"",n/a\ny\nz,1,2\n', { null_values: ['n/a'] })).toEqual([
    { a: 'x', b: null, c: null },
    { a: 'y', b: null, c: null },
    { a: 'z', b: 1, c: 2 },
  ])
})

test('makes names distinct, and calls a column without one by its place', async () => {
  expect(await payloads(' name ,name,,name_2,name\n1,2,3,4,5\n')).toEqual([
    { name: 1, name_2: 2, column_3: 3, name_2_2: 4, name_3: 5 },
  ])
})

test('keeps a column whatever it is called', async () => {
  const [row] = await payloads('__proto__,constructor,1\na,b,c\n')
  expect(JSON.parse(JSON.stringify(row))).toEqual(JSON.parse('{"__proto__":"a","constructor":"b","1":"c"}'))
})

test('takes the empty columns that a spreadsheet adds on the right for nothing', async () => {
  expect(await payloads('a,b\n1,2,,\n3,4,\n')).toEqual([
    { a: 1, b: 2 },
    { a: 3, b: 4 },
  ])
})

test('reads a file without a header', async () => {
  expect(await payloads('x,1\ny,2\n', { has_header: false })).toEqual([
    { column_1: 'x', column_2: 1 },
    { column_1: 'y', column_2: 2 },
  ])
})

test('takes a header without rows for a file of no rows', async () => {
  expect(await payloads('a,b\n')).toEqual([])
})

test('infers a type only where every value fits it', async () => {
  const content = [
    'int,long,zip,plus,money,mixed,yes,day,when,text,nothing',
    '1,123456789012345,01234,+5,1.50,1,true,2024-02-29,2024-01-31T10:00:00Z,a,',
    '-20,1,99999,6,-0.10,2.5,FALSE,2023-12-31,2024-01-31 10:00,1,',
    ',1,12345,7,3,x,,,,2,',
  ].join('\n')
  expect(await columns(content)).toEqual({
    int: 'integer',
    long: 'integer',
    zip: 'text',
    plus: 'text',
    money: 'decimal',
    mixed: 'text',
    yes: 'boolean',
    day: 'date',
    when: 'timestamp',
    text: 'text',
    nothing: 'text',
  })
  expect((await payloads(content)).slice(0, 2)).toMatchObject([
    { int: 1, zip: '01234', money: '1.50', yes: true, day: '2024-02-29', when: '2024-01-31T10:00:00Z', nothing: null },
    { int: -20, money: '-0.10', yes: false, when: '2024-01-31 10:00', text: '1' },
  ])
})

test.each(['1234567890123456', '9007199254740993', '1e5', '0x1F', '2023-02-29', '1,5', 'NaN'])(
  'lets %j be text',
  async (value) => {
    const content = `a;b\n${value};x\n`
    expect(await columns(content)).toMatchObject({ a: 'text' })
    expect(await payloads(content)).toEqual([{ a: value, b: 'x' }])
  },
)

test('declares what its columns are in the model, by pointers that hold any name', async () => {
  const given = { model: 'customer', mapping: { email: 'E-Mail/work', name: 'Na~me' } }
  const resource = await rowResource(open(uploadOf('E-Mail/work,Na~me\njane@example.com,Jane\n'), given))
  expect(resource).toMatchObject({ name: 'row', collectionKey: 'csv_row', full: { by: 'pages' }, model: 'customer' })
  expect(resource.mapping).toEqual({ email: '/E-Mail~1work', name: '/Na~0me' })
})

// ── What is refused, as a whole ──

const wide = Array.from({ length: 2001 }, (_, index) => `c${index}`).join()
test.each<[string, Buffer | string, object, string]>([
  ['an empty file', '', {}, 'csv: the file is empty; upload one with a row of column names and the rows below it'],
  ['a file of blank lines', '\n\r\n , \n'.replace(' , ', ','), {}, 'csv: the file is empty'],
  [
    'a row with too many columns',
    'a,b\n1,2\n\n1,2,3\n',
    {},
    'csv: line 4 has 3 columns where the header has 2; correct the file',
  ],
  ['a quote in the middle of a field', 'a,b\n1,2\n3,5" pipe\n', {}, 'csv: line 3 has a quote inside a field'],
  ['text behind a quote', 'a,b\r\n1,2\r\n"3"x,4\r\n', {}, 'csv: line 3 has text after a closing quote'],
  ['a quote that stays open', 'a,b\n1,2\n"3,4\n5,6\n7,8\n', {}, 'csv: line 3 opens a quote that is never closed'],
  ['a broken row behind one of several lines', 'a,b\n"x\r\ny\nz",2\n1,2,3\n', {}, 'csv: line 5 has 3 columns'],
  ['a header of too many columns', `${wide}\n1\n`, {}, 'csv: line 1 has more than 2000 columns'],
  ['a row that is too long', `a\n${'x'.repeat(1100000)}\n`, {}, 'csv: line 2 begins a row of more than 1 MiB'],
  ['a zero character', 'a,b\n1,2\n3,\0\n', {}, 'csv: line 3 holds a zero character'],
  [
    'bytes that are not in the encoding',
    Buffer.concat([Buffer.from('a\nx\nä\n'), Buffer.of(0xfc)]),
    { encoding: 'utf-8' },
    'csv: line 4 is not in utf-8; set `encoding`',
  ],
  [
    'bytes that belie the mark',
    Buffer.concat([Buffer.from('\ufeffa\nx\n'), Buffer.of(0xfc, 10)]),
    {},
    'csv: line 3 is not in utf-8',
  ],
  [
    'half a character',
    iconv.encode('a\nb\n', 'utf-16le', { addBOM: true }).subarray(0, 9),
    {},
    'csv: the file ends in the middle of a character',
  ],
  [
    'a key that is there twice',
    'no,x\n1,a\n2,b\n1,c\n',
    { key_column: 'no' },
    'csv: line 4 repeats the key of line 2; choose another key_column, or none',
  ],
  [
    'keys that are there again and again',
    `no\n${'1\n2\n3\n'.repeat(9)}`,
    { key_column: 'no' },
    'csv: line 5 repeats the key of line 2; line 6 repeats the key of line 3; line 7 repeats the key of line 4; line 8 repeats the key of line 2',
  ],
  ['a key that is missing', 'no,x\n1,a\n,b\n', { key_column: 'no' }, 'csv: line 3 has no value in the key column'],
  [
    'a key that means nothing',
    'no,x\nNULL,a\n',
    { key_column: 'no', null_values: ['NULL'] },
    'csv: line 2 has no value in the key column',
  ],
  [
    'a key with a line break',
    'no,x\n"1\n2",a\n',
    { key_column: 'no' },
    'csv: line 2 has a line break or another control character',
  ],
  [
    'a key of great length',
    `no,x\n${'k'.repeat(513)},a\n`,
    { key_column: 'no' },
    'csv: line 2 has a key of more than 512 characters',
  ],
  [
    'a key column that is not there',
    'no,x\n1,a\n',
    { key_column: 'No' },
    'csv: key_column is "No", and no column is called so',
  ],
  [
    'a mapping from a column that is not there',
    'a\n1\n',
    { model: 'customer', mapping: { email: 'mail' } },
    'csv: mapping.email: no column is called "mail"',
  ],
  [
    'a mapping to a field that is not there',
    'a\n1\n',
    { model: 'customer', mapping: { mail: 'a' } },
    'csv: mapping.mail: customer has no such field',
  ],
])('refuses %s, and says where and what to do', async (_name, content, given, message) => {
  expect(await refusal(content, given)).toContain(message)
})

test('tells the first few broken lines at once, and then stops looking', async () => {
  const few = await refusal('a,b\n1,2,3\n1,2\n1,2,3\n')
  expect(few).toBe(
    'csv: line 2 has 3 columns where the header has 2; line 4 has 3 columns where the header has 2; correct the file, and upload it again',
  )
  const many = await refusal(`a,b\n${'1,2,3\n'.repeat(50)}`)
  expect(many.match(/line \d+/g)).toEqual(['line 2', 'line 3', 'line 4', 'line 5', 'line 6'])
  expect(many).toContain('and perhaps more')
})

test('never shows what stands in a file', async () => {
  const rows = 'key,name\njane@example.com,Jane\njane@example.com,Jane,Doe\n'
  expect(await refusal(rows)).not.toMatch(/jane/i)
  expect(await refusal('key\njane@example.com\njane@example.com\n', { key_column: 'key' })).not.toMatch(/jane/i)
})

test('stops at a line without end, wherever the file may end', async () => {
  let taken = 0
  const chunks = function* () {
    for (;;) {
      taken += 65536
      yield Buffer.alloc(65536, 'x')
    }
  }
  const upload: Upload = { ...uploadOf(''), open: () => Readable.from(chunks()) }
  await expect(open(upload, { encoding: 'windows-1252', delimiter: ',' }).testConnection()).rejects.toThrow(
    'line 1 begins a row',
  )
  expect(taken).toBeLessThan(4 * 1024 * 1024)
})

test('stops when it is told to', async () => {
  const stop = new AbortController()
  stop.abort()
  const adapter = open(uploadOf('a\n1\n'), {}, stop.signal)
  await expect(adapter.testConnection()).rejects.toThrow('aborted')
})

test.each([
  [{ model: 'customer' }, 'model and mapping go together'],
  [{ delimiter: '"' }, 'must be neither a quote nor a line break'],
  [{ delimiter: ',,' }, 'expected string to have'],
  [{ encoding: 'shift_jis' }, 'expected one of'],
  [{ keycolumn: 'a' }, 'Unrecognized key'],
])('refuses the config %j', (given, message) => {
  expect(
    config
      .safeParse(given)
      .error?.issues.map((issue) => issue.message)
      .join(),
  ).toContain(message)
})

// ── Properties ──

const wordChars = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'b', '1', '0', ' ') },
  { weight: 2, arbitrary: fc.constantFrom('"', ',', ';', '\n', '\r', '\r\n', '\t', 'ü', '€', '漢', '😀', '\ufeff') },
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).map((char) => (char === '\0' ? '0' : char)),
)
const cell = fc.array(wordChars, { maxLength: 6 }).map((chars) => chars.join(''))
const table = fc
  .integer({ min: 1, max: 4 })
  .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 25 }))
  .map((rows) => rows.filter((row) => row.some((field) => field !== '')))
const writing = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  lineBreak: fc.constantFrom('\n', '\r\n', '\r'),
  encoding: fc.constantFrom('utf-8', 'utf-16le', 'utf-16be'),
  quoteAll: fc.boolean(),
  lastBreak: fc.boolean(),
  chunk: fc.integer({ min: 1, max: 90 }),
  limit: fc.integer({ min: 1, max: 9 }),
})
type Writing = typeof writing extends fc.Arbitrary<infer T> ? T : never

const quoted = (field: string) => `"${field.replaceAll('"', '""')}"`
const print = (rows: string[][], { delimiter, lineBreak, quoteAll, lastBreak }: Writing) =>
  rows
    .map((row) => row.map((field) => (quoteAll || /[",;|\s]/.test(field) ? quoted(field) : field)).join(delimiter))
    .join(lineBreak) + (lastBreak ? lineBreak : '')

test('gives back every row that was printed, in its order, whatever it holds and however it is cut', async () => {
  await fc.assert(
    fc.asyncProperty(table, writing, async (rows, how) => {
      const header = (rows[0] ?? ['x']).map((_, index) => `h${index}`)
      const content = iconv.encode(print([header, ...rows], how), how.encoding, { addBOM: true })
      const upload = uploadOf(content, { chunk: how.chunk })
      const pages = await readPages(upload, { delimiter: how.delimiter }, how.limit)
      const given = pages.flat()
      expect(given.map(({ payload }) => Object.values(payload as Record<string, string>).map(asText))).toEqual(
        rows.map((row) => row.map(asText)),
      )
      expect(pages.slice(0, -1).every((page) => page.length === how.limit)).toBe(true)
      expect(new Set(given.map(({ id }) => id)).size).toBe(rows.length)
    }),
    { numRuns: 150 },
  )
})

/** Null is the empty field; and `true` may be written in any case. */
const asText = (value: string | number | boolean | null) => {
  const text = String(value ?? '')
  return /^(true|false)$/i.test(text) ? text.toLowerCase() : text
}

test('gives the same rows from any page on as without a stop', async () => {
  await fc.assert(
    fc.asyncProperty(table, writing, async (rows, how) => {
      const content = print([(rows[0] ?? ['x']).map((_, index) => `h${index}`), ...rows], how)
      const given = { delimiter: how.delimiter }
      const whole = (await readPages(uploadOf(content), given, 1000)).flat()
      expect((await readPages(uploadOf(content, { chunk: how.chunk }), given, how.limit)).flat()).toEqual(whole)
    }),
    { numRuns: 50 },
  )
})

test('answers any bytes with rows or with a refusal', async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc
      .array(fc.constantFrom(34, 44, 10, 13, 97, 0xc3, 0xbc, 0xff, 0xfe, 0), { maxLength: 60 })
      .map((codes) => Uint8Array.from(codes)),
  )
  await fc.assert(
    fc.asyncProperty(bytes, fc.integer({ min: 1, max: 9 }), async (content, chunk) => {
      const upload = uploadOf(Buffer.from(content), { chunk })
      const pages = await readPages(upload, {}, 3).catch((error: unknown) => error)
      expect(Array.isArray(pages) || (isConnectorError(pages) && pages.message.startsWith('csv: '))).toBe(true)
    }),
    { numRuns: 500 },
  )
})

test('takes in for a page no more of a file than the page is long, give or take a piece', async () => {
  const content = Buffer.from(`no\n${Array.from({ length: 30_000 }, (_, row) => `${row}`.padEnd(99) + '\n').join('')}`)
  const taken: number[] = []
  const upload: Upload = {
    ...uploadOf(content),
    open: (fromByte) =>
      Readable.from(
        (function* () {
          for (let at = fromByte; at < content.length; at += 65536) {
            taken.push(at)
            yield content.subarray(at, at + 65536)
          }
        })(),
        { highWaterMark: 1 },
      ),
  }
  const resource = await rowResource(open(upload))
  const { next: after } = await open(upload).read!({ resource, scan: 'full', limit: 20_000 })
  taken.length = 0
  await open(upload).read!({ resource, scan: 'full', limit: 1000, after })
  expect(taken[0]).toBeGreaterThan(1_990_000)
  expect(taken.length).toBeLessThan(5)
})
