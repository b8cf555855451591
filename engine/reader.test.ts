import fc from 'fast-check'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ConnectorError, defineResource, type Change, type Page, type ReadRequest } from '@tributary/sdk'
import type { Scan } from '@tributary/sdk/manifest'
import { createSourceClock } from './clock.ts'
import type { Position } from './position.ts'
import type { ReadSource } from './read-page.ts'
import { createReader } from './reader.ts'

const scan: Scan = { by: 'time', field: 'created', split: 'desc' }
const resource = defineResource({ name: 'thing', collectionKey: 'x_thing', full: scan, pageSize: 10 })
const BASE = Date.parse('2026-01-01T00:00:00Z')
const instant = (seconds: number) => new Date(BASE + seconds * 1000).toISOString()

/** A list as Stripe has them: newest first, objects of one second in a fixed order, `after` names an object. */
function createList(
  created: number[],
  options: { latency?: () => Promise<unknown>; fail?: (n: number) => boolean } = {},
) {
  const objects = created
    .map((at, index) => ({ id: `o${index}`, at }))
    .toSorted((a, b) => b.at - a.at || b.id.localeCompare(a.id))
  const stats = { requests: 0, atOnce: 0, most: 0 }
  async function read({ window, after, limit }: ReadRequest): Promise<Page<Change>> {
    const n = ++stats.requests
    stats.most = Math.max(stats.most, ++stats.atOnce)
    await options.latency?.()
    stats.atOnce--
    if (options.fail?.(n)) throw new ConnectorError('forbidden', 'x: not any more')
    const from = window?.from ? (Date.parse(window.from) - BASE) / 1000 : -Infinity
    const to = (Date.parse(window!.to) - BASE) / 1000
    const start = after === undefined ? 0 : objects.findIndex(({ id }) => id === after) + 1
    const rest = objects.slice(start).filter(({ at }) => at >= from && at < to)
    const items = rest.slice(0, limit).map(({ id }) => ({ resource: 'thing', id, payload: { id } }))
    const last = rest[items.length - 1]
    return { items, more: rest.length > items.length, next: last?.id ?? after, reached: last && instant(last.at) }
  }
  const source = {
    entry: { manifest: { type: 'x' } },
    adapter: { read, testConnection: () => Promise.reject(new Error('nobody asks')) },
    ...{ resource, asked: 'full', scan, revision: null, signal: new AbortController().signal },
    clock: createSourceClock(),
    usage: { requests: 0, errors: 0, throttled_ms: 0 },
    checkFence: () => Promise.resolve(),
  } as unknown as ReadSource
  return { source, stats, ids: objects.map(({ id }) => id) }
}

const whole = (to: number): Position => ({
  started_ms: BASE,
  ranges: [{ to: instant(to) }],
  to: instant(to),
  dirty: [],
})

async function readAll(source: ReadSource, from: Position, stopAfter = Infinity) {
  const reader = createReader(source, from)
  const ids: string[] = []
  let position = from
  let batches = 0
  for (let batch = await reader.next(); batch && batches++ < stopAfter; batch = await reader.next()) {
    ids.push(...batch.items.map((item) => item.id))
    position = batch.position
  }
  await reader.stop()
  return { ids, position }
}

const steady = (count: number, every = 60) => Array.from({ length: count }, (_, index) => index * every)
const soon = () => sleep(1)

test('a long list is read by several requests at once, each object once or at a seam twice, for a few percent more requests', async () => {
  const { source, stats, ids } = createList(steady(5000), { latency: soon })
  const read = await readAll(source, whole(5000 * 60))
  expect(new Set(read.ids)).toEqual(new Set(ids))
  expect(read.position.ranges).toEqual([])
  expect(stats.most).toBeGreaterThan(4)
  expect(stats.requests).toBeLessThan(500 * 1.05)
  expect(read.ids.length).toBeLessThan(5000 * 1.02)
})

test('a short list costs no request more', async () => {
  const { source, stats, ids } = createList(steady(55), { latency: soon })
  expect((await readAll(source, whole(60_000))).ids).toHaveLength(ids.length)
  expect(stats.requests).toBe(6)
})

test('whatever the density, and wherever it is stopped and gone on with, every object is read', async () => {
  const density = fc.array(
    fc.record({
      gap: fc.integer({ min: 0, max: 100_000 }),
      count: fc.integer({ min: 1, max: 120 }),
      every: fc.constantFrom(0, 1, 7, 600),
    }),
    { minLength: 1, maxLength: 6 },
  )
  await fc.assert(
    fc.asyncProperty(
      density,
      fc.array(fc.nat(4), { maxLength: 30 }),
      fc.array(fc.nat(6), { maxLength: 4 }),
      async (bursts, delays, stops) => {
        let at = 0
        const created = bursts.flatMap(
          ({ gap, count, every }) => ((at += gap), Array.from({ length: count }, () => (at += every))),
        )
        let turn = 0
        const { source, ids } = createList(created, {
          latency: async () => {
            for (let n = delays[turn++ % (delays.length || 1)] ?? 0; n > 0; n--) await Promise.resolve()
          },
        })
        const seen: string[] = []
        let position = whole(at + 1)
        for (const stop of [...stops, Infinity]) {
          const part = await readAll(source, position, stop)
          seen.push(...part.ids)
          position = JSON.parse(JSON.stringify(part.position)) as Position
        }
        expect(new Set(seen)).toEqual(new Set(ids))
        expect(position.ranges).toEqual([])
      },
    ),
    { numRuns: 300 },
  )
})

test('what was read before a refusal is handed over first, with the place to go on from', async () => {
  const { source, ids } = createList(steady(1000), { latency: soon, fail: (n) => n > 40 })
  const reader = createReader(source, whole(60_000))
  const read: string[] = []
  let position = whole(60_000)
  const all = async () => {
    for (let batch = await reader.next(); batch; batch = await reader.next()) {
      read.push(...batch.items.map((item) => item.id))
      position = batch.position
    }
  }
  await expect(all()).rejects.toThrow('not any more')
  expect(read.length).toBeGreaterThan(300)
  const rest = await readAll(createList(steady(1000)).source, position)
  expect(new Set([...read, ...rest.ids])).toEqual(new Set(ids))
})

test('nothing more is asked for once it was told to finish, and what was asked for is handed over', async () => {
  const { source, stats } = createList(steady(3000), { latency: soon })
  const reader = createReader(source, whole(180_000))
  const first = await reader.next()
  const asked = stats.requests
  reader.finish()
  let pages = first!.pages
  for (let batch = await reader.next(); batch; batch = await reader.next()) pages += batch.pages
  expect(stats.requests).toBe(asked)
  expect(pages).toBe(asked)
})

test('reading does not run ahead of writing without bounds', async () => {
  const { source, stats } = createList(steady(5000), { latency: soon })
  const reader = createReader(source, whole(300_000))
  await reader.next()
  await sleep(100)
  expect(stats.requests).toBeLessThanOrEqual(5 + 10)
  await reader.stop()
})
