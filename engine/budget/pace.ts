import type { RateLimit } from '@tributary/sdk'

export type Rate = Extract<RateLimit, { requests: number }>

/**
 * What becomes of a limit, in ms. Nine tenths of it are used: slots lie `spacingMs` apart. The last tenth is for the customer's own
 * traffic, and pays for what goes out late: a slot may be used until `lateMs` after it is due, a twentieth of the period, and as
 * much again is left for the way to the source. So no period at the source has more than the limit. A limit that was idle has
 * saved up `savedMs`, whose slots are due at once; what is left of `lateMs` then is at least the time that a lease takes.
 */
export type Pace = { spacingMs: number; lateMs: number; savedMs: number }

const SHARE = 0.9
const LATE = 1 / 20
const LEASE_TAKES_MS = 50

export function paceOf({ requests, seconds }: Rate): Pace {
  const lateMs = seconds * 1000 * LATE
  return {
    spacingMs: (seconds * 1000) / (requests * SHARE),
    lateMs,
    savedMs: Math.max(0, lateMs - LEASE_TAKES_MS),
  }
}
