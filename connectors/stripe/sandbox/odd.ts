import type { Random } from '@tributary/sdk/sandbox'

/** The last second in which seeded objects were made; always the past, so that reading "until now" sees them all. */
export const SEEDED_UNTIL = Date.UTC(2026, 0, 1) / 1000
const SEEDED_FROM = Date.UTC(2024, 0, 1) / 1000
export const DAY = 86_400

/** More than a page of objects made in one second, as an import does. */
const BURST = 120

/**
 * When `count` objects were made, oldest first, in seconds. Some share a second: every tenth with its two followers, and in a big
 * account a whole burst, which no cut by time can split.
 */
export function timeline(random: Random, count: number): number[] {
  const step = (SEEDED_UNTIL - SEEDED_FROM) / (count + 1)
  const times = Array.from({ length: count }, (_, i) => Math.floor(SEEDED_FROM + step * (i + random.next())))
  const burst = count >= BURST * 5 ? Math.floor(count / 2) : count
  return times.map((at, i) => times[sharedIndex(i, burst)] ?? at)
}

function sharedIndex(i: number, burst: number) {
  if (i >= burst && i < burst + BURST) return burst
  return i % 10 < 3 ? i - (i % 10) : i
}

const CURRENCIES = ['usd', 'jpy', 'kwd', 'eur', 'usd', 'gbp', 'usd', 'usd', 'eur', 'usd']

/** Mostly dollars; yen have no minor unit, Kuwaiti dinars have three decimals. */
export const currencyAt = (index: number) => CURRENCIES[index % CURRENCIES.length] ?? 'usd'

/** In the smallest unit. Stripe's manual, "Three-decimal currencies": their last digit must be 0. */
export const inventAmount = (random: Random, currency: string) =>
  currency === 'kwd' ? random.int(20, 9_990) * 10 : random.int(200, 99_900)

/** Mostly none; then keys and values as users write them. */
export function inventMetadata(random: Random): Record<string, string> {
  return random.chance(0.6) ? {} : (JSON.parse(random.pick(METADATA)) as Record<string, string>)
}

const METADATA = [
  '{"plan_tier":"gold"}',
  '{"order id":"0042","ref":"1e3"}',
  '{"naïve key ✓":"ja, naïv 🙂","empty":""}',
  '{"json":"{\\"a\\":[1,2]}","quote":"it\'s \\"so\\""}',
  '{"lines":"one\\ntwo\\r\\n\\tthree","backslash":"C:\\\\new"}',
  '{"true":"false","null":"null","id":"12345678901234567890"}',
]

/** Neither half can be stored as text in Postgres: a NUL, and half of an emoji. */
export const UNSTORABLE = { note: 'before\u0000after \ud83d' }

/** Parsed, since in a literal `__proto__` would be no key. */
export const POLLUTING = JSON.parse('{"__proto__":"polluted","constructor":"x"}') as Record<string, string>

/** Mostly there is nothing to change, and a copy of a big object is slow. */
export const vary = <T extends object>(value: T, change: Partial<T> | undefined): T =>
  change ? { ...value, ...change } : value

/** Objects are replaced, never changed, so all may share one empty list. */
export const NONE: never[] = []
