import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decide, lastWords, type News, type Stored } from './decide.ts'
import { take } from './rehearse.ts'

const news = (over: Partial<News>): News => ({
  origin: 'event',
  op: 'update',
  hash: 'a',
  version: 1000,
  archived: false,
  ...over,
})

/** After the last delivery, a dirty object is read once, later than all that was told. */
function settle(deliveries: News[], truth: { hash: string; deleted: boolean }): Stored | undefined {
  let stored: Stored | undefined
  let dirty = false
  for (const item of deliveries) {
    const step = take(stored, item)
    stored = step.stored
    dirty ||= step.verdict.dirty
  }
  if (!dirty) return stored
  const version = Math.max(...deliveries.map((item) => item.version)) + 2000
  return take(stored, news({ origin: 'read', op: truth.deleted ? 'delete' : 'update', hash: truth.hash, version }))
    .stored
}

/** Six changes of one object at non-decreasing seconds; a delete, if any, is the last, as ids are not used again. */
const histories = fc
  .record({
    steps: fc.array(fc.record({ wait: fc.nat(2), hash: fc.constantFrom('a', 'b', 'c') }), {
      minLength: 6,
      maxLength: 6,
    }),
    deleted: fc.boolean(),
    reads: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
  })
  .map(({ steps, deleted, reads }) => {
    let second = 1
    return steps.map(({ wait, hash }, index): News => {
      second += wait
      const last = index === steps.length - 1
      const op = index === 0 ? 'create' : last && deleted ? 'delete' : 'update'
      // A list read does not show a deleted object, so a deletion is always told by an event here.
      const origin = reads[index] && op !== 'delete' ? 'read' : 'event'
      // What a read shows was true when it was asked: no change may share its (floored) second but those before it.
      return news({ op, hash, origin, version: (origin === 'read' ? second - 1 : second) * 1000 })
    })
  })

/** Found once: a change told by a read alone, in the second of the events before it. */
const REGRESSION: News[] = [
  ...Array.from({ length: 5 }, (_, index) => news({ op: index === 0 ? 'create' : 'update', version: 1000 })),
  news({ hash: 'c', origin: 'read', version: 0 }),
]

const permutations = <Item>(items: Item[]): Item[][] =>
  items.length < 2
    ? [items]
    : items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]))

test('every order of six changes of an object ends at the truth', () => {
  fc.assert(
    fc.property(histories, (history) => {
      const last = history.at(-1)!
      const truth = { hash: last.hash, deleted: last.op === 'delete' }
      for (const order of permutations(history)) {
        const stored = settle(order, truth)
        expect(stored?.deleted).toBe(truth.deleted)
        if (!truth.deleted) expect(stored?.hash).toBe(truth.hash)
      }
    }),
    { numRuns: 60, examples: [[REGRESSION]] },
  )
})

test('A, A, B in any order ends at B', () => {
  const told = [
    news({ hash: 'a', version: 1000, op: 'create' }),
    news({ hash: 'a', version: 2000, origin: 'read' }),
    news({ hash: 'b', version: 3000 }),
  ]
  for (const order of permutations(told)) expect(settle(order, { hash: 'b', deleted: false })?.hash).toBe('b')
})

test('B, A, A in any order ends at A: a read that shows nothing new still moves the version on', () => {
  const told = [
    news({ hash: 'b', version: 1000, op: 'create' }),
    news({ hash: 'a', version: 2000 }),
    news({ hash: 'a', version: 4000, origin: 'read' }),
  ]
  const late = news({ hash: 'b', version: 3000 })
  const stored = told.reduce<Stored | undefined>((held, item) => take(held, item).stored, undefined)
  expect(decide(stored, late)).toMatchObject({ action: 'keep', outcome: 'stale' })
})

test('a tombstone is undone by a newer read, never by an event', () => {
  const dead: Stored = { hash: 'a', version: 1000, rank: 3, deleted: true, archived: false }
  expect(decide(dead, news({ version: 2000 }))).toMatchObject({ action: 'keep', dirty: true })
  expect(decide(dead, news({ version: 2000, origin: 'read' }))).toMatchObject({ action: 'write', outcome: 'updated' })
  expect(decide(dead, news({ version: 500, origin: 'read' }))).toMatchObject({ action: 'keep', outcome: 'stale' })
})

test('a deletion told before its object is known leaves a tombstone', () => {
  expect(decide(undefined, news({ op: 'delete' }))).toEqual({ action: 'write', outcome: 'deleted', dirty: false })
})

test('an object that goes out of use is counted as archived, once', () => {
  const stored: Stored = { hash: 'a', version: 1000, rank: 4, deleted: false, archived: false }
  const archived = news({ hash: 'b', version: 2000, archived: true })
  expect(decide(stored, archived)).toMatchObject({ outcome: 'archived' })
  expect(decide({ ...stored, archived: true }, archived)).toMatchObject({ outcome: 'updated' })
})

test('a batch keeps one word an object, the last by version and then by rank', () => {
  const items = [
    { id: 'b', ...news({ version: 2000, hash: 'x' }) },
    { id: 'a', ...news({ version: 1000, op: 'update', hash: 'y' }) },
    { id: 'a', ...news({ version: 1000, op: 'create', hash: 'z' }) },
    { id: 'b', ...news({ version: 1000, hash: 'w' }) },
  ]
  expect(lastWords(items).map(({ item, tied }) => [item.id, item.hash, tied])).toEqual([
    ['b', 'x', false],
    ['a', 'y', true],
  ])
})
