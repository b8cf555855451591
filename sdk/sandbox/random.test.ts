import { describe, expect, it } from 'vitest'
import { inventPerson } from './people.ts'
import { createRandom, drawOf } from './random.ts'

const draws = (seed: number, label?: string) => {
  const random = createRandom(seed, label)
  return Array.from({ length: 20 }, () => random.next())
}

describe('createRandom', () => {
  it('gives the same stream for the same seed and label, and another for any other', () => {
    expect(draws(7, 'customers')).toEqual(draws(7, 'customers'))
    expect(draws(7, 'customers')).not.toEqual(draws(8, 'customers'))
    expect(draws(7, 'customers')).not.toEqual(draws(7, 'charges'))
  })

  it('spreads its numbers evenly over the whole range', () => {
    const random = createRandom(1)
    const counts = Array.from({ length: 10 }, () => 0)
    for (let i = 0; i < 10_000; i++) counts[random.int(0, 9)]! += 1
    expect(Math.min(...counts)).toBeGreaterThan(850)
    expect(Math.max(...counts)).toBeLessThan(1150)
  })

  it('makes ids of the asked length that do not repeat', () => {
    const random = createRandom(1)
    const ids = Array.from({ length: 20_000 }, () => random.text(14))
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.every((id) => /^[A-Za-z0-9]{14}$/.test(id))).toBe(true)
  })

  it('refuses to pick from nothing', () => {
    expect(() => createRandom(1).pick([])).toThrow('nothing to pick from')
  })
})

describe('drawOf', () => {
  it('depends on its text alone and differs for texts that hardly differ', () => {
    expect(drawOf('1 1 GET /a')).toBe(drawOf('1 1 GET /a'))
    const values = Array.from({ length: 1000 }, (_, i) => drawOf(`1 ${i} GET /a`))
    expect(new Set(values).size).toBeGreaterThan(990)
    expect(values.filter((value) => value < 0.05).length).toBeLessThan(90)
  })
})

describe('inventPerson', () => {
  it('invents only mailboxes of example.com, one for each number', () => {
    const random = createRandom(1)
    const emails = Array.from({ length: 500 }, (_, i) => inventPerson(random, i).email)
    expect(emails.every((email) => /^[\p{L}\p{M}\p{N}-]+\.\d+@example\.com$/u.test(email))).toBe(true)
    expect(new Set(emails).size).toBe(500)
  })
})
