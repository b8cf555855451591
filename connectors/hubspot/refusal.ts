import { ConnectorError, RateLimitError, retryAfterMs } from '@tributary/sdk'
import { z } from 'zod'

/** What is known of the account since it was asked for: its days end where `timeZone` is. */
export type Portal = { timeZone?: string }
type Refused = { request: string; status: number; headers: Headers; text: string }

/** A word of HubSpot's that may be shown: its sentences can quote what was sent. */
export const word = z
  .string()
  .regex(/^[\w.-]{1,80}$/)
  .optional()
  .catch(undefined)
const scopes = z.object({ context: z.object({ requiredGranularScopes: z.array(z.string()) }) })

/** https://developers.hubspot.com/docs/api-reference/error-handling */
const problem = z.object({
  category: word,
  policyName: word,
  correlationId: word,
  message: z.string().optional().catch(undefined),
  errors: z.array(scopes.optional().catch(undefined)).optional().catch(undefined),
})
type Problem = z.output<typeof problem>

/** Names what happened and what to do. */
export function refusal(portal: Portal, refused: Refused): ConnectorError {
  const { request, status, headers } = refused
  const told = parse(refused.text)
  const words = [status, told.category, told.correlationId && `correlation id ${told.correlationId}`]
  const shown = words.filter(Boolean).join(', ')
  if (status === 401)
    return new ConnectorError('auth_failed', `hubspot: the access_token is not accepted (${shown}); ${SET_ANOTHER}`)
  if (status === 403) return new ConnectorError('forbidden', forbidden(told, request, shown))
  if (status === 429) return tooMany(portal, told, headers)
  if (isPassing(status)) {
    const wait = { retryAfterMs: retryAfterMs(headers.get('retry-after')) }
    return new ConnectorError('upstream_unavailable', `hubspot: ${request} failed (${shown}); ask again`, wait)
  }
  return new ConnectorError('invalid_request', `hubspot: ${request} was refused (${shown}); look it up in ${MANUAL}`)
}

const SET_ANOTHER = 'set another with PUT /v1/connections/:id/credentials'
const MANUAL = 'https://developers.hubspot.com/docs/api-reference/error-handling'

/** 423: the object is locked for a moment; 477: the account moves to another data centre. */
const isPassing = (status: number) => status >= 500 || [408, 423, 477].includes(status)

function parse(text: string): Problem {
  try {
    return problem.parse(JSON.parse(text))
  } catch {
    return {}
  }
}

function forbidden({ errors = [] }: Problem, request: string, shown: string): string {
  const missing = errors.flatMap((error) => error?.context.requiredGranularScopes ?? [])
  const names = missing.filter((scope) => word.parse(scope))
  const scope = names.length > 0 ? ` ${names.join(' or ')}` : ''
  return `hubspot: the access_token may not ask for ${request} (${shown}); give it the scope${scope} in HubSpot`
}

/** https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines#rate-limits */
function tooMany({ timeZone }: Portal, told: Problem, headers: Headers): RateLimitError {
  const policy = policyOf(told)
  const asked = retryAfterMs(headers.get('retry-after'))
  if (policy !== 'DAILY') {
    const wait = { retryAfterMs: asked ?? windowOf(policy, headers) }
    return new RateLimitError(`hubspot: too many requests (429, ${policy ?? 'no reason'}); wait before the next`, wait)
  }
  const midnight = timeZone ? untilMidnight(timeZone, timeOf(headers)) : undefined
  const message = 'hubspot: the requests of this day are used up (429, DAILY); wait until it ends in the account'
  return new RateLimitError(message, { retryAfterMs: midnight ?? asked ?? QUARTER_HOUR_MS })
}

/** Search names its limit in the sentence alone: "You have reached your secondly limit." */
const policyOf = ({ policyName, message = '' }: Problem): string | undefined =>
  policyName ?? /reached your (\w+) limit/.exec(message)?.[1]?.toUpperCase()

const QUARTER_HOUR_MS = 15 * 60_000
const WINDOWS_MS: Record<string, number> = { SECONDLY: 1000, TEN_SECONDLY_ROLLING: 10_000 }

function windowOf(policy: string | undefined, headers: Headers): number | undefined {
  const told = Number(headers.get('x-hubspot-ratelimit-interval-milliseconds') ?? Number.NaN)
  if (policy === 'SECONDLY' || !(told > 0)) return WINDOWS_MS[policy ?? '']
  return told
}

const timeOf = (headers: Headers): number => Date.parse(headers.get('date') ?? '') || Date.now()

/** Milliseconds until the day ends where `timeZone` is. Undefined for a zone that this machine does not know. */
function untilMidnight(timeZone: string, now: number): number | undefined {
  try {
    const clock = new Intl.DateTimeFormat('en-GB', { timeZone, hourCycle: 'h23', timeStyle: 'medium' }).format(now)
    const [hours = 0, minutes = 0, seconds = 0] = clock.split(':').map(Number)
    return (((24 - hours) * 60 - minutes) * 60 - seconds) * 1000
  } catch {
    return undefined
  }
}
