import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTurns, type Asker, type Priority, type Turns } from './turns.ts'

const backfill = (connection: string): Asker => ({ connection, priority: 'backfill' })
const take = <Item>(turns: Turns<Item>, count: number) => Array.from({ length: count }, () => turns.next())
const count = <Item>(items: Item[], item: Item) => items.filter((other) => other === item).length

test('Connections go in turn, however many of one wait and whoever came first', () => {
  const turns = createTurns<string>()
  for (let n = 0; n < 100; n++) turns.add(backfill('many'), `many ${n}`)
  for (let n = 0; n < 3; n++) turns.add(backfill('few'), `few ${n}`)
  const order = take(turns, 7)
  expect(order.filter((item) => item!.startsWith('few'))).toEqual(['few 0', 'few 1', 'few 2'])
  expect(order.filter((item) => item!.startsWith('many'))).toEqual(['many 0', 'many 1', 'many 2', 'many 3'])
})

test('Who asks for one after the other is served as often as who asks for all at once', () => {
  const turns = createTurns<string>()
  for (let n = 0; n < 100; n++) turns.add(backfill('many'), 'many')
  turns.add(backfill('one by one'), 'one by one')
  const order: unknown[] = []
  for (let n = 0; n < 40; n++) {
    const item = turns.next()
    order.push(item)
    if (item === 'one by one') turns.add(backfill('one by one'), 'one by one')
  }
  expect(count(order, 'one by one')).toBeGreaterThanOrEqual(19)
  expect(count(order, 'many')).toBeGreaterThanOrEqual(19)
})

test('A live read goes before what waits already, and an incremental read before a backfill', () => {
  const turns = createTurns<Priority>()
  for (const connection of ['a', 'b', 'c']) for (let n = 0; n < 5; n++) turns.add(backfill(connection), 'backfill')
  take(turns, 4)
  turns.add({ connection: 'a', priority: 'incremental' }, 'incremental')
  turns.add({ connection: 'b', priority: 'live' }, 'live')
  expect(take(turns, 3)).toEqual(['live', 'incremental', 'backfill'])
})

test('Nobody starves: while a live and an incremental read never end, a backfill has its turn as well', () => {
  const turns = createTurns<Priority>()
  for (const priority of ['backfill', 'incremental', 'live'] as const)
    for (let n = 0; n < 1000; n++) turns.add({ connection: 'a', priority }, priority)
  const order = take(turns, 210)
  expect(['live', 'incremental', 'backfill'].map((priority) => count(order, priority))).toEqual([160, 40, 10])
})

test('Who had nothing to send has saved nothing up', () => {
  const turns = createTurns<string>()
  for (let n = 0; n < 100; n++) turns.add(backfill('busy'), 'busy')
  turns.add(backfill('idle'), 'idle')
  take(turns, 60)
  for (let n = 0; n < 20; n++) turns.add(backfill('idle'), 'idle')
  expect(count(take(turns, 10), 'idle')).toBeLessThanOrEqual(6)
})

test('Each that waits is served once, or is taken off and is not', () => {
  const asker = fc.record({
    connection: fc.constantFrom('a', 'b', 'c'),
    priority: fc.constantFrom<Priority>('live', 'incremental', 'backfill'),
  })
  const step = fc.oneof(
    { weight: 3, arbitrary: asker.map((by) => ({ add: by })) },
    { weight: 2, arbitrary: fc.constant('next' as const) },
    { weight: 1, arbitrary: fc.nat(50).map((remove) => ({ remove })) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const turns = createTurns<number>()
      const waiting = new Set<number>()
      let added = 0
      for (const action of steps) {
        if (action === 'next') {
          const item = turns.next()
          expect(item === undefined ? waiting.size === 0 : waiting.delete(item)).toBe(true)
        } else if ('add' in action) {
          turns.add(action.add, added)
          waiting.add(added++)
        } else {
          turns.remove(action.remove)
          waiting.delete(action.remove)
        }
      }
      expect(new Set(take(turns, waiting.size))).toEqual(waiting)
      expect(turns.next()).toBeUndefined()
    }),
  )
})
