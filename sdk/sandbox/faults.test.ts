import { describe, expect, it } from 'vitest'
import { createFaults, drawFault, noFaults } from './faults.ts'

describe('createFaults', () => {
  it('turns off what is not given', () => {
    expect(createFaults({ latency: 20 })).toEqual({ ...noFaults, latency: 20 })
  })

  it('refuses a switch that does not exist and a value that cannot be', () => {
    expect(() => createFaults({ lag: 5 } as never)).toThrow('there is no fault "lag"; there are latency, rateLimit')
    expect(() => createFaults({ resets: 1.5 })).toThrow('fault "resets" must be from 0 to 1')
    expect(() => createFaults({ latency: -1 })).toThrow('fault "latency" must be from 0')
    expect(() => createFaults({ html: true as never })).toThrow('fault "html" must be a number')
  })
})

describe('drawFault', () => {
  const names = (seed: number, keys: number[]) =>
    keys.map((key) => drawFault(createFaults({ serverErrors: 0.1, resets: 0.05 }), () => `${seed} ${key}`))
  const keys = Array.from({ length: 4000 }, (_, i) => i)

  it('befalls the asked share of requests', () => {
    const drawn = names(1, keys)
    const share = (name?: string) => drawn.filter((fault) => fault === name).length / drawn.length
    expect(share('serverErrors')).toBeCloseTo(0.1, 1)
    expect(share('resets')).toBeCloseTo(0.05, 1)
    expect(share(undefined)).toBeCloseTo(0.85, 1)
  })

  it('befalls the same requests whatever their order, and others under another seed', () => {
    expect(names(1, keys.toReversed())).toEqual(names(1, keys).toReversed())
    expect(names(2, keys)).not.toEqual(names(1, keys))
  })

  it('does not look at chance when all is off', () => {
    expect(drawFault(createFaults(), () => expect.unreachable())).toBeUndefined()
  })
})
