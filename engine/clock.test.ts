import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSourceClock, readVersion } from './clock.ts'
import { systemTime } from './time.ts'

const NOON = Date.parse('2026-06-01T12:00:00Z')
const clockAt = (now: () => number) => createSourceClock({ ...systemTime, now })
const header = (ms: number) => new Date(ms).toUTCString()

test('A source that says no time has ours', () => {
  const clock = clockAt(() => NOON)
  expect(clock.now()).toBe(NOON)
  for (const none of [null, '', 'yesterday']) clock.learn(none)
  expect(clock.now()).toBe(NOON)
})

test('A header without a time does not unlearn', () => {
  const clock = clockAt(() => NOON)
  clock.learn(header(NOON + 60_000))
  clock.learn(null)
  expect(clock.now()).toBe(NOON + 60_000)
})

test('Two clocks that agree stay equal, at whatever part of a second', () => {
  for (let ms = 0; ms < 1000; ms += 37) {
    const clock = clockAt(() => NOON + ms)
    clock.learn(header(NOON))
    expect(clock.now()).toBe(NOON + ms)
  }
})

/** A source whose clock is `offset` ms ahead of ours, and what was learnt from its answers. */
const worlds = fc.record({
  offset: fc.integer({ min: -5000, max: 5000 }),
  answers: fc.array(fc.record({ at: fc.nat(9000), latency: fc.nat(400) }), { minLength: 1, maxLength: 6 }),
  readAt: fc.integer({ min: 9500, max: 12_000 }),
})

function learnAll({
  offset,
  answers,
  readAt,
}: {
  offset: number
  answers: { at: number; latency: number }[]
  readAt: number
}) {
  let time = 0
  const clock = clockAt(() => NOON + time)
  for (const { at, latency } of answers.toSorted((a, b) => a.at - b.at)) {
    time = at + latency
    clock.learn(header(NOON + at + offset))
  }
  time = readAt
  return clock
}

test('What changes after a read was sent is never older than the read, by the whole seconds of the source', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const changedAt = NOON + world.readAt + world.offset
      const version = readVersion(learnAll(world))
      expect(version).toBeLessThanOrEqual(Math.floor(changedAt / 1000) * 1000)
    }),
    { numRuns: 2000, seed: 7 },
  )
})

test('A read is not dated back by more than what the header leaves open', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const truth = NOON + world.readAt + world.offset
      expect(truth - readVersion(learnAll(world))).toBeLessThanOrEqual(3000 + 400)
    }),
    { numRuns: 2000, seed: 7 },
  )
})

test('The clock does not go back while it learns', () => {
  let ms = 0
  const clock = clockAt(() => NOON + ms)
  let last = -Infinity
  for (ms of [900, 100, 0, 500, 999]) {
    clock.learn(header(NOON + 7000))
    const offset = clock.now() - ms
    expect(offset).toBeGreaterThanOrEqual(last)
    last = offset
  }
  expect(last).toBe(NOON + 7000)
})

test('A version is a whole second, one before the second in which the read was sent', () => {
  expect(readVersion(clockAt(() => NOON + 999))).toBe(NOON - 1000)
  expect(readVersion(clockAt(() => NOON + 1000))).toBe(NOON)
})
