import { expect, it } from 'vitest'
import { createRateGate } from './rate-gate.ts'

it('lets so many through in any second, for each key, and says how long the next must wait', () => {
  let now = 10_000
  const gate = createRateGate(() => now)
  const admit = (key: string) => gate.admit(key, 3)
  expect([admit('a'), admit('a'), admit('a'), admit('b')]).toEqual([0, 0, 0, 0])
  now += 400
  expect(admit('a')).toBe(600)
  now += 599
  expect(admit('a')).toBe(1)
  now += 1
  expect([admit('a'), admit('a'), admit('a')]).toEqual([0, 0, 0])
  expect(admit('a')).toBe(1000)
})

it('has no limit at 0', () => {
  const gate = createRateGate(() => 0)
  expect(Array.from({ length: 50 }, () => gate.admit('a', 0))).toEqual(Array.from({ length: 50 }, () => 0))
})
