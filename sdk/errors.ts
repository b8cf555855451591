/** The code says what the engine does, so there is no second field for "can be retried". */
export type ErrorCode =
  | 'auth_failed' // the credentials are not accepted: the connection stops and says so
  | 'config_invalid' // a setting is missing or wrong: the connection stops and says so
  | 'forbidden' // this resource fails alone, its pass is incomplete
  | 'not_found' // as forbidden
  | 'invalid_request' // as forbidden
  | 'rate_limited' // wait `retryAfterMs`, or back off
  | 'upstream_unavailable' // wait `retryAfterMs`, or back off; a cut or unreadable body is this too
  | 'cursor_expired' // `after` is unknown: go on from `reached`, else start the pass again
  | 'unsupported' // this connector cannot do what was asked
  | 'invalid_payload' // the object goes to quarantine

// An outside connector may carry a copy of this package, so `instanceof` cannot be relied on.
const brand = Symbol.for('tributary.ConnectorError')

/** What a connector throws. Its message says where it comes from and what to do next, and never holds a secret or a payload. */
export class ConnectorError extends Error {
  readonly code: ErrorCode
  readonly retryAfterMs: number | undefined

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; retryAfterMs?: number } = {}) {
    super(message, { cause: options.cause })
    this.name = 'ConnectorError'
    this.code = code
    this.retryAfterMs = options.retryAfterMs
    Object.defineProperty(this, brand, { value: true })
  }
}

/** The source asked to be left alone for `retryAfterMs` (milliseconds; absent: the engine backs off by itself). */
export class RateLimitError extends ConnectorError {
  constructor(message: string, options: { cause?: unknown; retryAfterMs?: number } = {}) {
    super('rate_limited', message, options)
    this.name = 'RateLimitError'
  }
}

export const isConnectorError = (error: unknown): error is ConnectorError =>
  typeof error === 'object' && error !== null && brand in error

const MAX_RETRY_AFTER_MS = 15 * 60_000

/** `Retry-After` in seconds or as an HTTP date, to milliseconds. Absurd values are clamped to 15 minutes; negative or unreadable ones are none. */
export function retryAfterMs(header: string | null | undefined, now = Date.now()): number | undefined {
  if (!header) return undefined
  const seconds = Number(header)
  const ms = Number.isNaN(seconds) ? Date.parse(header) - now : seconds * 1000
  return ms >= 0 ? Math.min(ms, MAX_RETRY_AFTER_MS) : undefined
}
