import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Change, Resource } from '@tributary/sdk'
import { isStorableId, toItem } from './news.ts'

const resource = (volatile?: string[]) => ({ name: 'thing', volatile }) as Resource
const learnt = { origin: 'read', version: 5000 } as const
const change = (over: Partial<Change> = {}): Change => ({ resource: 'thing', id: 'a', payload: { n: 1 }, ...over })
const sha = (text: string) => createHash('sha256').update(text).digest('hex')

test('A change is an update of the time at which it was learnt, if it says nothing else', () => {
  expect(toItem(resource(), change(), learnt)).toEqual({
    ...{ id: 'a', origin: 'read', op: 'update', version: 5000, hash: sha('{"n":1}'), archived: false },
    ...{ archived_at: null, payload: { n: 1 }, raw: '{"n":1}' },
  })
})

test('Its exact text is kept and compared, where the source gave one', () => {
  const raw = '{ "n": 1.0, "big": 12345678901234567890 }'
  expect(toItem(resource(), change({ raw }), learnt)).toMatchObject({ raw, hash: sha(raw) })
})

test('What changes by itself is left out of the comparison, and of nothing else', () => {
  const seen = (views: number, n = 1) => {
    const payload = { n, stats: { views, likes: 2 } }
    return toItem(resource(['/stats/views']), change({ payload, raw: JSON.stringify(payload) }), learnt)
  }
  expect(seen(1).hash).toBe(seen(2).hash)
  expect(seen(1).hash).not.toBe(seen(1, 2).hash)
  expect(seen(2).raw).toContain('"views":2')
})

test('A time of its own is its version, in milliseconds', () => {
  const at = (text: string) => toItem(resource(), change({ at: text }), learnt).version
  expect(at('2026-01-01T00:00:00.250Z')).toBe(Date.UTC(2026, 0, 1, 0, 0, 0, 250))
  expect(at('2026-01-01T02:00:00+02:00')).toBe(Date.UTC(2026, 0, 1))
})

test('A time that cannot be read is none: the time of asking counts', () => {
  for (const at of ['', 'yesterday', '0000-00-00'])
    expect(toItem(resource(), change({ at }), learnt).version).toBe(5000)
})

test('An object is archived since the time that the source names, and archived even where that cannot be read', () => {
  const archived = (archived_at: string | null | undefined) => {
    const item = toItem(resource(), change({ archived_at }), learnt)
    return [item.archived, item.archived_at]
  }
  expect(archived('2026-01-01T00:00:00Z')).toEqual([true, '2026-01-01T00:00:00Z'])
  expect(archived(null)).toEqual([false, null])
  expect(archived(undefined)).toEqual([false, null])
  expect(archived('long ago')).toEqual([true, new Date(5000).toISOString()])
})

test('A deletion has no payload, and so no hash', () => {
  const item = toItem(resource(), { resource: 'thing', id: 'a', op: 'delete' }, { origin: 'event', version: 7 })
  expect(item).toMatchObject({ op: 'delete', origin: 'event', version: 7, hash: '', raw: '', payload: undefined })
})

test.each([
  ['a', true],
  ['ü 👍 \n "', true],
  ['x'.repeat(2000), true],
  ['x'.repeat(2001), false],
  ['ü'.repeat(1001), false],
  ['', false],
  ['a\u0000', false],
  ['a\u001e', false],
  ['a\u001f', false],
  ['a\ud800', false],
  [undefined, false],
  [null, false],
  [7, false],
  [{}, false],
])('Whether %j is an id that can be stored as it is: %s', (id, storable) => {
  expect(isStorableId(id)).toBe(storable)
})
