import { lookup as dnsLookup, type LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import { Agent, fetch as undiciFetch, type RequestInit } from 'undici'
import { ConnectorError } from '@tributary/sdk'

const TOTAL_DEADLINE_MS = 60_000
const MAX_BODY_BYTES = 64 * 1024 * 1024

export type Outbound = { fetch: typeof fetch; close(): Promise<void> }

/**
 * The one way out: unicast addresses only (`allowPrivate` opens the rest, for sandboxes), the checked address is the one
 * that is connected to, no redirects, a deadline over the whole answer, and a cap on its inflated size.
 */
export function createOutbound(options: { allowPrivate: boolean }): Outbound {
  const agent = new Agent({ connect: { lookup: checkedLookup(options.allowPrivate) }, connections: 32, pipelining: 1 })
  return { fetch: guardedFetch(agent, options.allowPrivate), close: () => agent.close() }
}

function guardedFetch(agent: Agent, allowPrivate: boolean): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    checkTarget(new URL(request.url), allowPrivate)
    const signal = AbortSignal.any([request.signal, AbortSignal.timeout(TOTAL_DEADLINE_MS)])
    const response = await undiciFetch(request.url, { ...initOf(request, init), signal, dispatcher: agent }).catch(
      unreachable,
    )
    return capped(response as unknown as Response)
  }
}

/** undici's fetch and Node's do not share a Request class, so the parts are handed over. */
function initOf(request: Request, init: globalThis.RequestInit | undefined): RequestInit {
  return {
    method: request.method,
    headers: Object.fromEntries(request.headers),
    body: (init?.body ?? null) as RequestInit['body'],
    redirect: 'manual',
  }
}

function checkTarget(url: URL, allowPrivate: boolean): void {
  if (url.protocol !== 'https:' && !(allowPrivate && url.protocol === 'http:'))
    throw new ConnectorError('config_invalid', `requests to ${url.protocol}//${url.host} are not allowed; use https`)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  // undici does not call `lookup` for an address that stands in the URL.
  if (ipaddr.isValid(host)) checkAddress(host, url.host, allowPrivate)
}

function checkAddress(address: string, host: string, allowPrivate: boolean): void {
  if (ipaddr.process(address).range() === 'unicast' || allowPrivate) return
  throw new ConnectorError(
    'config_invalid',
    `${host} is not a public address; Tributary does not connect to private networks`,
  )
}

function checkedLookup(allowPrivate: boolean): LookupFunction {
  return (hostname, options, done) =>
    dnsLookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error) return done(error, [])
      try {
        for (const { address } of addresses) checkAddress(address, hostname, allowPrivate)
        done(null, addresses)
      } catch (refusal) {
        done(refusal as Error, [])
      }
    })
}

/** undici hides the reason, a refusal of ours among them, under one "fetch failed". */
function unreachable(error: unknown): never {
  const cause = error instanceof Error ? error.cause : undefined
  throw cause instanceof ConnectorError ? cause : error
}

function capped(response: Response): Response {
  if (response.status >= 300 && response.status < 400)
    throw new ConnectorError(
      'upstream_unavailable',
      `the source answered with a redirect (${response.status}), which is not followed`,
    )
  if (!response.body) return response
  let bytes = 0
  const cap = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength
      if (bytes > MAX_BODY_BYTES)
        controller.error(new ConnectorError('upstream_unavailable', 'the answer is larger than 64 MiB'))
      else controller.enqueue(chunk)
    },
  })
  const { status, statusText } = response
  return new Response(response.body.pipeThrough(cap), {
    status,
    statusText,
    headers: Object.fromEntries(response.headers),
  })
}
