import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compactJson, jsonItems } from './json-items.ts'

const envelope = (items: unknown[], space?: number) =>
  JSON.stringify({ a: ['}', { data: [1] }], data: items, has_more: false }, null, space)

test('each element comes as its own text, equal to what parsing and printing gives', () => {
  fc.assert(
    fc.property(fc.array(fc.dictionary(fc.string(), fc.jsonValue())), fc.constantFrom(0, 1, 4), (items, space) => {
      const printed = items.map((item) => JSON.parse(JSON.stringify(item)) as object)
      const { items: found } = jsonItems(envelope(printed, space), 'data')
      expect(found.map((item) => item.raw)).toEqual(printed.map((item) => JSON.stringify(item)))
      expect(found.map((item) => item.payload)).toEqual(printed)
    }),
  )
})

test('numbers keep the digits that a double would lose', () => {
  const text = '{"data": [ {"id": 9007199254740993, "price": 1.50},{"id":2} ], "has_more": true}'
  expect(jsonItems(text, 'data').items.map((item) => item.raw)).toEqual([
    '{"id":9007199254740993,"price":1.50}',
    '{"id":2}',
  ])
  expect(jsonItems(text, 'data').envelope.has_more).toBe(true)
})

test('quotes, braces and spaces inside strings are text', () => {
  const item = '{"a":"x \\"} , ] \\\\","b c":["\\\\\\\\",{}]}'
  expect(jsonItems(`{"data":[${item},${item}]}`, 'data').items.map(({ raw }) => raw)).toEqual([item, item])
})

test('an empty list is no element, and what is no list is refused', () => {
  expect(jsonItems('{"data": [ ]}', 'data').items).toEqual([])
  expect(() => jsonItems('{"data":{}}', 'data')).toThrow('no list "data"')
  expect(() => jsonItems('{"data":[{}],"data":[]}', 'data')).toThrow('two lists')
  expect(() => jsonItems('{"data":[', 'data')).toThrow(SyntaxError)
})

test('a document loses its insignificant white space and nothing else', () => {
  expect(compactJson('{ "a b" : [ 1.50 ,\n\t" x " ] }')).toBe('{"a b":[1.50," x "]}')
})
