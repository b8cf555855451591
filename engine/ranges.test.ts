import { expect, test } from 'vitest'
import type { Scan } from '@tributary/sdk/manifest'
import { behind, recut, split, type Range } from './ranges.ts'

const newestFirst: Scan = { by: 'time', field: 'created', split: 'desc' }
const oldestFirst: Scan = { by: 'time', field: 'created', split: 'asc' }
const DAY = 24 * 60 * 60 * 1000
const range: Range = {
  from: '2026-01-01T00:00:00Z',
  to: '2026-06-01T00:00:00Z',
  after: 'p1',
  reached: '2026-05-01T00:00:07Z',
}
const page = { items: [], more: true, next: 'p2' }

test('behind a page the next one is asked for, inside of the same range', () => {
  const next = behind(newestFirst, range, { ...page, reached: '2026-04-01T00:00:00Z' })
  expect(next).toEqual({ ...range, after: 'p2', reached: '2026-04-01T00:00:00Z' })
  expect(behind(newestFirst, range, { ...page, next: null })).toEqual({ ...range, after: null })
})

test('nothing is behind the last page, though it may name a place, nor behind one that went past the end', () => {
  expect(behind(newestFirst, range, { items: [], more: false, next: 'p9' })).toBeUndefined()
  expect(behind(newestFirst, range, { ...page, reached: '2025-12-31T23:59:59Z' })).toBeUndefined()
  expect(behind(newestFirst, range, { ...page, reached: range.from! })).toBeDefined()
})

test('a list that has forgotten its place goes on from what was reached, the second of the boundary read again', () => {
  for (const reached of ['2026-05-01T00:00:07Z', '2026-05-01T00:00:07.999Z']) {
    const rest = recut(newestFirst, { ...range, reached })
    expect(rest).toEqual({ from: range.from, to: '2026-05-01T00:00:08.000Z', reached })
  }
  expect(recut(oldestFirst, range)).toMatchObject({ from: '2026-05-01T00:00:07.000Z', to: range.to })
})

test.each<[string, Scan, Range]>([
  ['nothing was reached yet', newestFirst, { ...range, reached: undefined }],
  ['it has no order that is known', { by: 'time', field: 'created' }, range],
  ['it has no times', { by: 'pages' }, { after: 'p1', reached: range.reached }],
])('a list cannot be gone on with where %s', (_, scan, place) => {
  expect(recut(scan, place)).toBeUndefined()
})

const shown = (spanMs: number) => ({ spanMs, pages: 16 })

test('what remains is cut in the middle, on a whole second: nothing between the parts, and nothing in both', () => {
  const [near, far] = split(newestFirst, range, shown(DAY))!
  expect(near).toEqual({ ...range, from: far.to })
  expect(far).toEqual({ from: range.from, to: '2026-03-02T00:00:03.000Z' })
})

test('where nobody knows where the list ends, the far part begins some pages below what was read, and has no end', () => {
  const [near, far] = split(newestFirst, { to: range.to, after: 'p1', reached: range.reached }, shown(DAY))!
  expect(far).toEqual({ to: '2026-04-15T00:00:07.000Z' })
  expect(near.from).toBe(far.to)
})

test.each<[string, Scan, Range, number]>([
  ['it has few pages left', newestFirst, range, 7 * DAY],
  ['it has shown nothing yet', newestFirst, { to: range.to }, DAY],
  ['its pages are ordered otherwise', oldestFirst, range, DAY],
  ['all of it lies within a second', newestFirst, { ...range, from: '2026-05-01T00:00:06.900Z' }, 0.001],
])('a range is left whole where %s', (_, scan, whole, spanMs) => {
  expect(split(scan, whole, shown(spanMs))).toBeUndefined()
})
