import { expect, test } from 'vitest'
import { columnsOf } from './table.ts'

test('a column has the narrowest type that all its values have', () => {
  const rows = [
    { id: 1, ratio: 1, ok: true, day: '2026-01-02', at: '2026-01-02T03:04:05Z', name: 'Ada', tags: ['a'], none: null },
    { id: 2, ratio: 1.5, ok: null, day: '2026-01-03', at: '2026-01-02 03:04', name: '2026-01-02', tags: {}, extra: 1 },
  ]
  expect(Object.fromEntries(columnsOf(rows).map(({ name, type }) => [name, type]))).toEqual({
    id: 'integer',
    ratio: 'decimal',
    ok: 'boolean',
    day: 'date',
    at: 'timestamp',
    name: 'text',
    tags: 'json',
    none: 'text',
    extra: 'integer',
  })
})

test('values of different kinds are json', () => {
  expect(columnsOf([{ id: 1 }, { id: 'two' }])).toEqual([{ name: 'id', type: 'json' }])
})

test('columns come in the order in which they are first seen', () => {
  expect(columnsOf([{ b: 1 }, { a: 1, b: 2 }]).map(({ name }) => name)).toEqual(['b', 'a'])
})
