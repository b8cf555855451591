import { expect, test } from 'vitest'
import type { Scan } from '@tributary/sdk/manifest'
import { advance, cut, startPosition, type Position } from './position.ts'

const NOW = Date.parse('2026-06-01T12:00:00.400Z')
const byTime: Scan = { by: 'time', field: 'created', split: 'desc' }
const byPages: Scan = { by: 'pages' }
const start = (of: Scan, syncFrom: string | null = null) =>
  startPosition(of, { now: NOW, started_ms: NOW - 1400 }, syncFrom)

test('A list without times has no window, whatever the connection is to be synced from', () => {
  expect(start(byPages, '2020-01-01T00:00:00Z')).toEqual({ started_ms: NOW - 1400, done: false, dirty: [] })
})

test('A list by time is bounded above by a whole second that is later than now, even where our idea of now is late', () => {
  const { window } = start(byTime)
  expect(window).toEqual({ to: '2026-06-01T12:00:03.000Z' })
  expect(Date.parse(window!.to) - NOW).toBeGreaterThan(2000)
})

test('sync_from is its lower bound', () => {
  expect(start(byTime, '2020-01-01T00:00:00Z').window).toMatchObject({ from: '2020-01-01T00:00:00Z' })
})

const page = { items: [], more: true, next: 'p2' }

test('Behind a page the next one is asked for, inside of the same window', () => {
  const first = start(byTime)
  const second = advance(first, { ...page, reached: '2026-05-01T00:00:00Z', revision: 'r1' })
  expect(second).toEqual({ ...first, after: 'p2', reached: '2026-05-01T00:00:00Z', revision: 'r1' })
  const third = advance(second, { ...page, next: null })
  expect(third).toEqual({ ...second, after: null })
})

test('The last page ends it: nothing is asked for behind it, though it may name a place', () => {
  const last = advance(advance(start(byTime), page), { items: [], more: false, next: 'p9' })
  expect(last).toMatchObject({ done: true })
  expect(last).not.toHaveProperty('after')
})

test('What tied, and what was reached, is kept while pages without either go by', () => {
  const dirty = [{ id: 'a', version: 1 }]
  const position: Position = { ...start(byTime), dirty, reached: '2026-05-01T00:00:00Z' }
  expect(advance(position, page)).toMatchObject({ dirty, reached: '2026-05-01T00:00:00Z' })
})

const reached = (instant: string, over: Partial<Position> = {}): Position => ({
  ...start(byTime, '2020-01-01T00:00:00Z'),
  after: 'gone',
  reached: instant,
  ...over,
})

test('A list that has forgotten its place goes on from what was reached, the second of the boundary read again', () => {
  for (const instant of ['2026-05-01T00:00:07Z', '2026-05-01T00:00:07.000Z', '2026-05-01T00:00:07.999Z']) {
    const rest = cut(byTime, reached(instant))
    expect(rest?.window).toEqual({ from: '2020-01-01T00:00:00Z', to: '2026-05-01T00:00:08.000Z' })
    expect(rest).not.toHaveProperty('after')
    expect(rest).toMatchObject({ done: false, started_ms: NOW - 1400 })
  }
})

test('Oldest first, the rest begins with the second that was reached', () => {
  const rest = cut({ by: 'time', field: 'created', split: 'asc' }, reached('2026-05-01T00:00:07.500Z'))
  expect(rest?.window).toMatchObject({ from: '2026-05-01T00:00:07.000Z' })
})

test.each<[string, Scan, Position]>([
  ['nothing was reached yet', byTime, reached('2026-05-01T00:00:07Z', { reached: undefined })],
  ['it has no order that is known', { by: 'time', field: 'created' }, reached('2026-05-01T00:00:07Z')],
  ['it has no times', byPages, reached('2026-05-01T00:00:07Z')],
  ['it has no window', byTime, reached('2026-05-01T00:00:07Z', { window: undefined })],
])('A list cannot be cut where %s', (_, of, position) => {
  expect(cut(of, position)).toBeUndefined()
})
