import { ConnectorError, defineResource, RateLimitError, type Adapter, type Page, type Change } from '@tributary/sdk'
import { expect, test } from 'vitest'
import type { Entry } from '../../connectors/registry.ts'
import { createSourceClock } from '../../engine/clock.ts'
import { readResource } from './read-resource.ts'

const resource = defineResource({ name: 'person', collectionKey: 'acme_person', full: { by: 'pages' } })
const entry = { manifest: { type: 'acme' } } as Entry
const person = (id: string, payload?: object): Change => ({ resource: 'person', id, ...(payload && { payload }) })

/** Pages of an account of three objects, one of them only named, and one without an id. */
const pages: Page<Change>[] = [
  { items: [person('1', { n: 1 }), person('2')], more: true, next: 1 },
  { items: [person('', { n: 0 }), person('3', { n: 3 })], more: true, next: 2 },
  { items: [], more: false },
]

function open(read: (page: number) => Page<Change>) {
  const usage = { requests: 0, errors: 0, throttled_ms: 0 }
  const adapter: Adapter = {
    testConnection: async () => ({ id: 'acme', mode: 'test' }),
    read: async ({ after = 0 }) => (usage.requests++, read(after as number)),
    get: async (_resource, ids) => (usage.requests++, ids.map((id) => person(id, { n: Number(id) }))),
  }
  return { entry, adapter, usage, clock: createSourceClock() }
}

const read = (from: (page: number) => Page<Change>, most: number) =>
  readResource(open(from), resource, { pages: most, signal: new AbortController().signal })

test('No page is read that is not asked for', async () => {
  const { items, ...told } = await read((page) => pages[page]!, 2)
  expect(items.map(({ id }) => id)).toEqual(['1', '2', '3'])
  expect(told).toEqual({ pages: 2, more: true, skipped: 1, stubs: ['2'], requests: 3 })
})

test('A list that ends earlier is whole', async () => {
  expect(await read((page) => pages[page]!, 9)).toMatchObject({ pages: 3, more: false, requests: 4 })
})

test.each([
  ['refuses', new ConnectorError('forbidden', 'acme: no'), { code: 'forbidden', message: 'acme: no' }],
  [
    'asks for patience',
    new RateLimitError('acme: wait', { retryAfterMs: 60_000 }),
    { code: 'rate_limited', message: expect.stringMatching(/^acme: wait \(until 20/) },
  ],
])('Where the source %s midway, what was read remains, and the reason is told', async (_does, error, failure) => {
  const breaking = (page: number) => {
    if (page === 1) throw error
    return pages[page]!
  }
  const reading = await read(breaking, 3)
  expect(reading).toMatchObject({ pages: 1, more: true, stubs: ['2'], failure })
  expect(reading.items.map(({ id }) => id)).toEqual(['1', '2'])
})

test('A mistake of the connector’s own is not dressed as one of the source’s', async () => {
  const mistaken = () => {
    throw new TypeError('undefined is not a function')
  }
  await expect(read(mistaken, 1)).rejects.toThrow(TypeError)
})
