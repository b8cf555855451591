/** A stream of chance that is the same for the same seed on every machine. */
export type Random = {
  /** In [0, 1). */
  next(): number
  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number
  /** True in `share` (0 to 1) of the calls. */
  chance(share: number): boolean
  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T
  /** Letters and digits, as vendors make their ids of. */
  text(length: number): string
}

/**
 * Streams with different labels do not touch each other, so that asking for more of one thing leaves every other thing as it was.
 */
export function createRandom(seed: number, label = ''): Random {
  let state = hash(`${seed}:${label}`)
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    return mix(state) / 2 ** 32
  }
  const int = (min: number, max: number) => min + Math.floor(next() * (max - min + 1))
  return {
    next,
    int,
    chance: (share) => next() < share,
    pick: (list) => pick(list, int(0, list.length - 1)),
    text: (length) => textOf(next, length),
  }
}

/** One draw in [0, 1) that depends on nothing but its text: what is asked in another order is drawn alike. */
export const drawOf = (text: string) => mix(hash(text)) / 2 ** 32

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Five letters a draw: an account needs half a million of them before it can be served. */
function textOf(next: () => number, length: number) {
  let text = ''
  let left = 0
  for (let i = 0; i < length; i++) {
    if (i % 5 === 0) left = Math.floor(next() * ALPHABET.length ** 5)
    text += ALPHABET[left % ALPHABET.length]
    left = Math.floor(left / ALPHABET.length)
  }
  return text
}

function pick<T>(list: readonly T[], index: number): T {
  const chosen = list[index]
  if (chosen === undefined) throw new Error('sandbox: nothing to pick from; hand a list that is not empty')
  return chosen
}

// mulberry32 over FNV-1a: small, fast and even enough for invented data; nothing here is secret.
function mix(value: number) {
  let x = Math.imul(value ^ (value >>> 15), value | 1)
  x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
  return (x ^ (x >>> 14)) >>> 0
}

function hash(text: string) {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value | 0
}
