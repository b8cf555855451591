import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSharedClock, type SharedClock } from './shared-clock.ts'

const AHEAD_MS = 1_000_000
type Question = { asked: number; there: number; back: number; ahead?: number }
/** One that took so long on each way, of a database whose clock is so far ahead. */
const ask = (clock: SharedClock, { asked, there, back, ahead = AHEAD_MS }: Question) =>
  clock.learn(asked, asked + there + back, asked + there + ahead)

test('A time is late by no more than the fastest reply so far was under way, and never early', () => {
  const way = fc.integer({ min: 0, max: 500 })
  fc.assert(
    fc.property(fc.array(fc.tuple(way, way), { minLength: 1 }), (questions) => {
      const clock = createSharedClock()
      questions.forEach(([there, back], index) => ask(clock, { asked: index * 1000, there, back }))
      const late = clock.toLocal(AHEAD_MS + 50) - 50
      expect(late).toBe(Math.min(...questions.map(([, back]) => back)))
    }),
  )
})

test('After the database has set its clock, the next reply is believed', () => {
  for (const jump of [-3_600_000, 3_600_000]) {
    const clock = createSharedClock()
    ask(clock, { asked: 0, there: 1, back: 1 })
    ask(clock, { asked: 1000, there: 5, back: 5, ahead: AHEAD_MS + jump })
    expect(clock.toLocal(AHEAD_MS + jump)).toBe(5)
  }
})

test('Clocks that drift apart are followed', () => {
  const clock = createSharedClock()
  for (let asked = 0; asked < 10_000_000; asked += 1000)
    ask(clock, { asked, there: 1, back: 1, ahead: AHEAD_MS - asked / 10_000 })
  const now = 10_000_000
  expect(Math.abs(clock.toLocal(now + AHEAD_MS - now / 10_000) - now)).toBeLessThanOrEqual(3)
})
