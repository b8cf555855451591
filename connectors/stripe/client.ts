import { ConnectorError, isConnectorError, RateLimitError, retryAfterMs, type Context } from '@tributary/sdk'
import { text } from 'node:stream/consumers'
import Stripe from 'stripe'
import { z } from 'zod'

/** The version that requests and, later, webhooks are pinned to; `manifest.json` names the same. */
export const API_VERSION = '2026-10-28.endive'

export const config = z.strictObject({
  base_url: z
    .url()
    .regex(/^https?:\/\/[^/?#@]+\/?$/, 'must be an origin without a path, like http://127.0.0.1:8420')
    .optional()
    .meta({ description: "Where requests go instead of Stripe's own API, for a sandbox.", deploymentOption: true }),
})

export type Config = z.infer<typeof config>
export type Query = Record<string, string | number | undefined>
/** The body of a GET as it came, character by character. Throws ConnectorError only. */
export type GetText = (path: string, query?: Query) => Promise<string>

/**
 * The official SDK sends every request (key, version, errors), over the context's `fetch`. It is asked for the stream of the
 * body, since what it parses itself loses `1.50` and numbers beyond 2^53.
 */
export function createClient(context: Context<Config>): GetText {
  let stripe: Stripe | undefined
  return async (path, query = {}) => {
    stripe ??= connect(context)
    try {
      return await readBody(await stripe.rawRequest('GET', withQuery(path, query), undefined, { streaming: true }))
    } catch (error) {
      throw toConnectorError(error, `GET ${path}`)
    }
  }
}

/** Names what happened and what to do. Stripe's own words are left out: they quote keys and the objects' data. */
function toConnectorError(error: unknown, request: string): ConnectorError {
  const { detail, cause, statusCode } = error as { detail?: unknown; cause?: unknown; statusCode?: number }
  // What the context's fetch throws comes wrapped: by the SDK as `detail`, while the body is read as `cause`.
  const ours = [error, detail, cause].find(isConnectorError)
  if (ours) return ours
  if (error instanceof Stripe.errors.StripeError && statusCode !== undefined) return refusal(error, request)
  // An error of the SDK's holds the body that it could not read; what made the connection fail holds none.
  const reason = error instanceof Stripe.errors.StripeError ? detail : error
  return new ConnectorError('upstream_unavailable', `stripe: ${request} got no usable answer; ask again`, {
    cause: reason,
  })
}

/** No cause: a parser's message quotes what it read. */
export const unreadable = (request: string) =>
  new ConnectorError('upstream_unavailable', `stripe: the answer to ${request} is cut or not Stripe's; ask again`)

function connect(context: Context<Config>): Stripe {
  const { base_url } = context.config
  const address = base_url ? toAddress(new URL(base_url)) : {}
  return new Stripe(checkKey(context.secret('secret_key')), {
    apiVersion: API_VERSION,
    httpClient: Stripe.createFetchHttpClient(context.fetch),
    maxNetworkRetries: 0,
    telemetry: false,
    ...address,
  })
}

/** Where a header cannot carry the key, fetch would say so by quoting it. */
function checkKey(key: string): string {
  if (/^[\x21-\x7e]+$/.test(key)) return key
  throw new ConnectorError('auth_failed', `stripe: the secret_key has characters that no key has; ${SET_ANOTHER}`)
}

function toAddress({ hostname, port, protocol }: URL) {
  const isPlain = protocol === 'http:'
  return { host: hostname, port: port || (isPlain ? '80' : '443'), protocol: isPlain ? 'http' : 'https' } as const
}

function withQuery(path: string, query: Query): string {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, String(value))
  return search.size > 0 ? `${path}?${search.toString()}` : path
}

/** An error status whose JSON names no error comes back parsed, not as a stream. */
async function readBody(answer: unknown): Promise<string> {
  if (answer instanceof ReadableStream) return text(answer)
  throw new TypeError('no stream')
}

function refusal(error: InstanceType<typeof Stripe.errors.StripeError>, request: string): ConnectorError {
  const { code, headers, param, statusCode = 0 } = error
  const wait = { retryAfterMs: retryAfterMs(headers?.['retry-after']) }
  const told = [statusCode, code, param && `in ${param}`, error.requestId].filter(Boolean).join(' ')
  if (statusCode === 401 || code === 'secret_key_required')
    return new ConnectorError('auth_failed', `stripe: the secret_key is not accepted (${told}); ${SET_ANOTHER}`)
  if (statusCode === 403) return new ConnectorError('forbidden', forbidden(error.message, request, told))
  if (error instanceof Stripe.errors.StripeRateLimitError)
    return new RateLimitError(`stripe: too many requests (${told}${reason(headers)}); wait before the next`, wait)
  if (code === 'resource_missing') return missing(param, request, told)
  if (statusCode === 409 || statusCode >= 500)
    return new ConnectorError('upstream_unavailable', `stripe: ${request} failed (${told}); ask again`, wait)
  return new ConnectorError('invalid_request', `stripe: ${request} was refused (${told}); look the code up in ${CODES}`)
}

const SET_ANOTHER = 'set another with PUT /v1/connections/:id/credentials'
const CODES = 'https://docs.stripe.com/error-codes'

const reason = (headers?: Record<string, string>) => {
  const word = headers?.['stripe-rate-limited-reason']
  return word ? `, ${word}` : ''
}

/** Of a restricted key Stripe says which permission is missing, beside the masked key. */
function forbidden(message: string, request: string, told: string): string {
  const permission = /\brak_\w+/.exec(message)?.[0] ?? 'to read it'
  return `stripe: the secret_key may not ${request} (${told}); give it the permission ${permission}, or ${SET_ANOTHER}`
}

function missing(param: string | undefined, request: string, told: string): ConnectorError {
  return param === 'starting_after'
    ? new ConnectorError(
        'cursor_expired',
        `stripe: ${request} cannot go on: its last object is gone (${told}); go on from its time`,
      )
    : new ConnectorError('not_found', `stripe: ${request} names nothing that exists (${told})`)
}
