import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countBreaks, parseRecord } from './record.ts'

/** All records of a text, or the fault that ends it. */
function parseAll(text: string, delimiter = ','): string[][] | string {
  const records: string[][] = []
  for (let at = 0; at < text.length;) {
    const parsed = parseRecord(text, at, delimiter, true)
    if (!parsed) throw new Error('a whole text leaves nothing open')
    if ('fault' in parsed) return parsed.fault
    records.push(parsed.fields)
    at = parsed.next
  }
  return records
}

test.each<[string, string[][] | string]>([
  [
    'a,b\r\n1,2\r\n',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  [
    'a,b\n1,2',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  ['a\rb\nc\r\nd', [['a'], ['b'], ['c'], ['d']]],
  [
    'a,\n,b\n',
    [
      ['a', ''],
      ['', 'b'],
    ],
  ],
  ['"a,""b"""\n', [['a,"b"']]],
  ['"a\r\nb",c\n', [['a\r\nb', 'c']]],
  ['""\n', [['']]],
  ['""""\n', [['"']]],
  ['\n\n', [[''], ['']]],
  [' a , b ', [[' a ', ' b ']]],
  ['5" pipe\n', 'has a quote inside a field that does not begin with one'],
  ['a, "b"\n', 'has a quote inside a field that does not begin with one'],
  ['"a"b\n', 'has text after a closing quote'],
  ['"a" ,b\n', 'has text after a closing quote'],
  ['"a\n1,2\n', 'opens a quote that is never closed'],
])('reads %j as %j', (text, expected) => {
  expect(parseAll(text)).toEqual(expected)
})

test('counts the lines that a record takes', () => {
  expect(parseRecord('"a\r\nb\rc\n",d\ne', 0, ',', true)).toMatchObject({ lines: 4 })
  expect(countBreaks('\r\n\n\r\r\n')).toBe(4)
})

test('refuses a row of too many columns', () => {
  expect(parseAll(','.repeat(1999))).toEqual([Array(2000).fill('')])
  expect(parseAll(','.repeat(2000))).toBe('has more than 2000 columns')
})

test('waits while a record may go on, and answers the same once it is whole', () => {
  const pieces = fc.array(fc.constantFrom('"', ',', '\r', '\n', 'a', '""', 'ä'), { maxLength: 12 })
  fc.assert(
    fc.property(pieces, (parts) => {
      const text = parts.join('')
      const whole = parseRecord(text, 0, ',', true)
      const early = Array.from(text, (_, end) => parseRecord(text.slice(0, end), 0, ',', false) ?? whole)
      expect(early).toEqual(early.map(() => whole))
    }),
    { numRuns: 1000 },
  )
})

test('agrees with csv-parse on every text, valid or not', () => {
  const pieces = fc.array(fc.constantFrom('"', '"', ',', '\r', '\n', '\r\n', 'a', 'ä', ' '), { maxLength: 20 })
  fc.assert(
    fc.property(pieces, (parts) => {
      const text = parts.join('')
      const ours = parseAll(text)
      expect(typeof ours === 'string' ? 'refused' : ours).toEqual(theirs(text))
    }),
    { numRuns: 2000 },
  )
})

function theirs(text: string): string[][] | 'refused' {
  try {
    return parse(text, { record_delimiter: ['\r\n', '\n', '\r'], relax_column_count: true })
  } catch {
    return 'refused'
  }
}
