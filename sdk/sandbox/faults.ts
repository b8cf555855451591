import { drawOf } from './random.ts'

/**
 * What a fake provider does wrong; every switch may be turned while it runs. Shares are of the requests, 0 to 1, and which
 * requests they hit depends on seed, URL and the how-manieth time it is asked for, never on the order of arrival.
 */
export type Faults = {
  /** Milliseconds before each answer. */
  latency: number
  /** Requests in a second that one key may make, then 429; 0 is no limit. */
  rateLimit: number
  /** Share of 429 for no reason that the client could know. */
  tooManyRequests: number
  /** Seconds that a 429 tells to wait. */
  retryAfter: number
  /** Tell that wait as an HTTP date instead. */
  retryAfterDate: boolean
  /** Share of 500. */
  serverErrors: number
  /** Share of connections reset in the middle of the body. */
  resets: number
  /** Share of bodies that end early, with a Content-Length that promised more. */
  truncated: number
  /** Share of bodies that end early, with a Content-Length that agrees: only the JSON shows it. */
  cut: number
  /** Share of redirects to another path of this server. */
  redirects: number
  /** Share of 200 with a page of HTML, as proxies in maintenance send. */
  html: number
}

const SHARES = ['tooManyRequests', 'serverErrors', 'resets', 'truncated', 'cut', 'redirects', 'html'] as const
export type FaultName = (typeof SHARES)[number]

export const noFaults: Readonly<Faults> = {
  latency: 0,
  rateLimit: 0,
  tooManyRequests: 0,
  retryAfter: 1,
  retryAfterDate: false,
  serverErrors: 0,
  resets: 0,
  truncated: 0,
  cut: 0,
  redirects: 0,
  html: 0,
}

/** The switches with what is not given turned off. Throws for one that does not exist or that cannot be so. */
export function createFaults(given: Partial<Faults> = {}): Faults {
  for (const [name, value] of Object.entries(given)) checkSwitch(name, value)
  return { ...noFaults, ...given }
}

/** Which fault, if any, befalls one request; `keyOf` tells it from every other, and is only asked when chance matters. */
export function drawFault(faults: Faults, keyOf: () => string): FaultName | undefined {
  if (!SHARES.some((name) => faults[name] > 0)) return undefined
  let left = drawOf(keyOf())
  return SHARES.find((name) => (left -= faults[name]) < 0)
}

function checkSwitch(name: string, value: unknown) {
  const wanted = noFaults[name as keyof Faults]
  if (wanted === undefined) {
    throw new Error(`sandbox: there is no fault "${name}"; there are ${Object.keys(noFaults).join(', ')}`)
  }
  if (typeof value !== typeof wanted) throw new Error(`sandbox: fault "${name}" must be a ${typeof wanted}`)
  if (typeof value !== 'number') return
  const most = SHARES.some((share) => share === name) ? 1 : Infinity
  if (!(value >= 0 && value <= most)) throw new Error(`sandbox: fault "${name}" must be from 0 to ${most}`)
}
