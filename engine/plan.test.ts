import { expect, test } from 'vitest'
import { defineResource, type Resource } from '@tributary/sdk'
import type { Scan } from '@tributary/sdk/manifest'
import type { Lanes } from '../db/lanes.ts'
import { planOne } from './plan.ts'
import { sinceStart, startFeed } from './position.ts'

const NOW = Date.parse('2026-06-01T12:00:00Z')
const DAY = 24 * 60 * 60 * 1000
const feed: Scan = { by: 'time', field: 'created', split: 'desc', retentionSeconds: (30 * DAY) / 1000 }
const byTime: Scan = { by: 'time', field: 'changed', holdBackSeconds: 60 }

const resource = (incremental?: Resource['incremental']) =>
  defineResource({ name: 'thing', collectionKey: 'x_thing', model: 'customer', full: { by: 'pages' }, incremental })

type Known = { completed?: number; read?: number; feedFrom?: number; feedSince?: number; field?: string }

/** What is known of a resource that was read as a whole some time ago, in ms before now. */
function lanes({ completed = DAY, read = completed, feedFrom = completed + DAY, feedSince = 0, field }: Known): Lanes {
  const position = { ...sinceStart(byTime, NOW - read), ...(field && { field }) }
  const started = startFeed(feed, NOW - feedFrom)
  const own = { completed_at: new Date(NOW - completed).toISOString(), complete_generation: 1 }
  return {
    states: new Map([['thing', own]]),
    incremental: new Map([['thing', position]]),
    feed: { ...started, since: new Date(NOW - feedSince).toISOString() },
  }
}

const plan = (incremental: Resource['incremental'], known: Known = {}) =>
  planOne(resource(incremental), { mode: 'incremental', lanes: lanes(known), manifest: { feed }, now: NOW })

test('what can be asked for by time is, and what the feed tells is taken from it', () => {
  expect(plan(byTime)).toMatchObject({ scan: 'incremental', note: null })
  expect(plan('feed')).toMatchObject({ scan: 'feed', note: null })
})

test.each<[string, Resource['incremental'], Known]>([
  ['its changes cannot be asked for', undefined, {}],
  ['once a week', byTime, { completed: 8 * DAY }],
  ['changes are asked for by changed now', byTime, { field: 'updated' }],
  ['the source has forgotten', 'feed', { feedSince: 26 * DAY }],
  ['events since it was last read as a whole are not known', 'feed', { completed: 3 * DAY, feedFrom: DAY }],
])('it is read as a whole, and says so: %s', (reason, incremental, known) => {
  const planned = plan(incremental, known)
  expect(planned?.scan).toBe('full')
  expect(planned?.note).toContain(reason)
})

test('what has never been read is read as a whole', () => {
  const none = { states: new Map(), incremental: new Map(), feed: undefined }
  const known = { mode: 'incremental', lanes: none, manifest: { feed }, now: NOW } as const
  expect(planOne(resource(byTime), known)?.note).toContain('it has not been read before')
})

test('a full sync reads as a whole, and one that derives anew reads what has a model from what is stored', () => {
  const known = { lanes: lanes({}), manifest: { feed }, now: NOW }
  expect(planOne(resource(byTime), { ...known, mode: 'full' })).toMatchObject({ scan: 'full', note: null })
  expect(planOne(resource(byTime), { ...known, mode: 'rederive' })).toMatchObject({ scan: 'rederive' })
  const { model: _, ...plain } = resource(byTime)
  expect(planOne(plain, { ...known, mode: 'rederive' })).toBeUndefined()
})
