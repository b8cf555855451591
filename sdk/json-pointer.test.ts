import fc from 'fast-check'
import { expect, test } from 'vitest'
import { getPointer, pointerTo, without } from './json-pointer.ts'

const document = { foo: ['bar', { baz: 1 }], '': 0, 'a/b': 1, 'm~n': 8, empty: null }

test.each([
  ['', document],
  ['/foo', ['bar', { baz: 1 }]],
  ['/foo/0', 'bar'],
  ['/foo/1/baz', 1],
  ['/', 0],
  ['/a~1b', 1],
  ['/m~0n', 8],
  ['/empty', null],
  ['/empty/deeper', undefined],
  ['/foo/2', undefined],
  ['/foo/length', undefined],
  ['/constructor/name', undefined],
])('finds what the pointer %j names', (pointer, value) => {
  expect(getPointer(document, pointer)).toEqual(value)
})

test('points to a member of any name', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer(), (name, value) => {
      expect(getPointer(Object.fromEntries([[name, value]]), pointerTo(name))).toBe(value)
    }),
  )
})

test('leaves out what the pointers name, and nothing else', () => {
  expect(without(document, ['/foo/1/baz', '/a~1b', '/missing/x', '/empty/x'])).toEqual({
    foo: ['bar', {}],
    '': 0,
    'm~n': 8,
    empty: null,
  })
})

test('keeps the places of an array from which an element is left out', () => {
  expect(without({ list: [1, 2, 3] }, ['/list/0', '/list/2'])).toEqual({ list: [null, 2, null] })
})

test('leaves out everything for the pointer to the whole', () => {
  expect(without(document, [''])).toEqual({})
})

test('never changes the payload it was given', () => {
  const payload = { a: { b: 1, c: 2 }, d: [{ e: 3 }] }
  const before = structuredClone(payload)
  without(payload, ['/a/b', '/d/0/e'])
  expect(payload).toEqual(before)
})
