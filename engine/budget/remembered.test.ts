import { expect, test } from 'vitest'
import { remembered } from './remembered.ts'

const gate = (isIdle: boolean) => ({ enter: async () => () => {}, isIdle: () => isIdle })

test('What is asked for again is the same', () => {
  const gateOf = remembered((_id: string, isIdle: boolean) => gate(isIdle))
  expect(gateOf('a', true)).toBe(gateOf('a', true))
  expect(gateOf('a', true)).not.toBe(gateOf('b', true))
})

test('Of very many, those that nobody would miss are forgotten, and only those', () => {
  const gateOf = remembered((_id: string, isIdle: boolean) => gate(isIdle))
  const [busy, idle] = [gateOf('busy', false), gateOf('idle', true)]
  for (let n = 0; n < 5000; n++) gateOf(`GET /v1/things/${n}`, true)
  expect(gateOf('busy', false)).toBe(busy)
  expect(gateOf('idle', true)).not.toBe(idle)
})
