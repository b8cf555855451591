import { expect, test } from 'vitest'
import type { Scan } from '@tributary/sdk/manifest'
import { isExpired, settle, sinceStart, startFeed, startPosition, startWindow, type Position } from './position.ts'

const NOW = Date.parse('2026-06-01T12:00:00.400Z')
const START = { now: NOW, started_ms: NOW - 1400 }
const byTime: Scan = { by: 'time', field: 'created', split: 'desc' }
const late: Scan = {
  by: 'time',
  field: 'changed',
  holdBackSeconds: 60,
  lookBackSeconds: 30,
  retentionSeconds: 2_592_000,
}

test('A list without times has no window, whatever the connection is to be synced from', () => {
  const whole = { started_ms: NOW - 1400, ranges: [{}], dirty: [] }
  expect(startPosition({ by: 'pages' }, START, '2020-01-01T00:00:00Z')).toEqual(whole)
})

test('A list by time is bounded above by a whole second that is later than now, even where our idea of now is late', () => {
  const { ranges, to, limited } = startPosition(byTime, START, null)
  expect([ranges, to, limited]).toEqual([[{ to: '2026-06-01T12:00:03.000Z' }], '2026-06-01T12:00:03.000Z', undefined])
  expect(Date.parse(to!) - NOW).toBeGreaterThan(2000)
})

test('sync_from is its lower bound, and it says that it does not ask for everything', () => {
  const { ranges, limited } = startPosition(byTime, START, '2020-01-01T00:00:00Z')
  expect(ranges).toMatchObject([{ from: '2020-01-01T00:00:00Z' }])
  expect(limited).toBe(true)
})

const instant = (ms: number) => new Date(ms).toISOString()

test('What is read incrementally goes on from what was known, with what may have been written late', () => {
  const held = sinceStart(late, NOW - 600_000)
  expect(held).toMatchObject({ since: instant(NOW - 660_000), field: 'changed', ranges: [] })
  const window = startWindow(late, START, held, 'sync-1')
  expect(window).toMatchObject({ ranges: [{ from: instant(NOW - 690_000) }], since: held.since, sync_id: 'sync-1' })
})

test('What is known after a window stays behind its start by the hold-back, and never goes back', () => {
  const window: Position = { ...startWindow(late, START, sinceStart(late, NOW - 600_000), 'sync-1'), ranges: [] }
  expect(settle(late, window).since).toBe(instant(START.started_ms - 60_000))
  const ahead = { ...window, since: instant(NOW - 1000) }
  expect(settle(late, ahead).since).toBe(ahead.since)
})

test('Nothing is known of a window that is not read to its end', () => {
  const open = startWindow(late, START, sinceStart(late, NOW - 600_000), 'sync-1')
  expect(settle(late, open)).toBe(open)
})

test('The feed begins so far back that no pass which begins now is ahead of it', () => {
  const { since, unbroken_from } = startFeed(late, NOW)
  expect(unbroken_from).toBe(since)
  expect(Date.parse(since!)).toBeLessThan(Date.parse(sinceStart(late, NOW - 60_000).since!))
})

test('Five days before the source forgets, what is known counts as forgotten', () => {
  const day = 24 * 60 * 60 * 1000
  expect(isExpired(late, instant(NOW - 25 * day), NOW)).toBe(false)
  expect(isExpired(late, instant(NOW - 25 * day - 1), NOW)).toBe(true)
  expect(isExpired(byTime, instant(0), NOW)).toBe(false)
})
