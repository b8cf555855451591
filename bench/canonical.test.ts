import { expect, test } from 'vitest'
import { canonical, digestOf } from './canonical.ts'

test('the order of keys, at any depth, makes no difference', () => {
  expect(canonical({ b: [{ d: 1, c: 'x' }], a: null })).toBe(canonical({ a: null, b: [{ c: 'x', d: 1 }] }))
})

test('a list in another order is another value', () => {
  expect(canonical([1, 2])).not.toBe(canonical([2, 1]))
})

test('the order of objects makes no difference, a changed value does', () => {
  const [a, b] = [
    { id: 'a', n: 1 },
    { id: 'b', n: 2 },
  ]
  expect(digestOf([a, b])).toEqual(digestOf([b, a]))
  expect(digestOf([a, { ...b, n: 3 }]).hash).not.toBe(digestOf([a, b]).hash)
})

test('a doubled object is seen', () => {
  expect(digestOf([{ id: 'a' }, { id: 'a' }])).not.toEqual(digestOf([{ id: 'a' }]))
})

test('of some fields alone, what an object lacks is null', () => {
  expect(digestOf([{ id: 'a', kept: null, other: 1 }], ['id', 'kept'])).toEqual(digestOf([{ id: 'a' }], ['id', 'kept']))
})
