import type { Reply, SandboxRequest } from '@tributary/sdk/sandbox'
import { accountOf } from './account.ts'
import { listPage, retrieved, subListPage } from './lists.ts'
import { invalidRequest, problemReply, resourceMissing, StripeProblem } from './problem.ts'
import { listablesByPath, SPECS } from './resources.ts'
import type { Listable } from './resources.ts'
import type { Stored } from './wire.ts'
import { API_VERSION } from './wire.ts'
import { eventsSince, findObject } from './world.ts'
import type { World } from './world.ts'

export type Settings = {
  /** Two spaces of indent, as Stripe itself sends: other bytes, same objects. Slower. */
  pretty: boolean
}

/** Answers a request as Stripe's API would; what it refuses is thrown within and told in Stripe's envelope. */
export function createAnswer(world: World, secretKey: string, settings: Settings) {
  return (request: SandboxRequest): Reply => {
    const requestId = requestIdOf(request)
    try {
      checkKey(request, secretKey)
      checkVersion(request)
      return withHeaders({ status: 200, body: write(route(world, request), settings) }, requestId)
    } catch (error) {
      if (!(error instanceof StripeProblem)) throw error
      return withHeaders(problemReply(error, requestId), requestId)
    }
  }
}

export const requestIdOf = ({ n }: SandboxRequest) => `req_sandbox${String(n).padStart(8, '0')}`

/** The key of a request, which `Authorization` gives either way: as bearer token, or as user name without password. */
export function keyOf({ headers }: SandboxRequest): string {
  const [scheme, value = ''] = (headers.authorization ?? '').split(' ', 2)
  if (scheme?.toLowerCase() === 'bearer') return value
  return scheme?.toLowerCase() === 'basic' ? (Buffer.from(value, 'base64').toString().split(':', 1)[0] ?? '') : ''
}

function checkKey(request: SandboxRequest, secretKey: string) {
  const key = keyOf(request)
  if (key === secretKey) return
  const shown = `${key.slice(0, 8)}${'*'.repeat(8)}${key.slice(-4)}`
  const message = key ? `Invalid API Key provided: ${shown}` : 'You did not provide an API key.'
  const headers = { 'WWW-Authenticate': 'Basic realm="Stripe"' }
  throw new StripeProblem(401, { type: 'invalid_request_error', message }, headers)
}

function checkVersion({ headers }: SandboxRequest) {
  const asked = String(headers['stripe-version'] ?? API_VERSION)
  if (asked !== API_VERSION)
    throw invalidRequest(`Invalid Stripe API version: ${asked}; this sandbox renders ${API_VERSION} only.`)
}

function route(world: World, request: SandboxRequest): Buffer | object {
  const [, version, path = '', id, child, ...rest] = request.path.split('/')
  if (request.method !== 'GET' || version !== 'v1' || rest.length) throw unrecognized(request)
  if (path === 'account' && id === undefined) return accountOf(world)
  if (path === 'subscription_items' && id === undefined) return listItems(world, request)
  const name = listablesByPath.get(path)
  if (!name) throw unrecognized(request)
  if (id === undefined) return listPage(world, name, request.query)
  return child === undefined
    ? retrieve(world, name, id, request.query)
    : listChildren(world, name, { id, child, request })
}

function retrieve(world: World, name: Listable, id: string, query: URLSearchParams): Stored {
  if (name === 'event') {
    const event = world.objects.event.get(id)
    if (!event || event.created < eventsSince(world)) throw resourceMissing('event', id)
    return event.value
  }
  const live = world.objects[name].get(id)
  if (live) return retrieved(world, SPECS[name], live.value, query)
  const stub = findObject(world, name, id)
  if (!stub) throw resourceMissing(SPECS[name].called, id)
  return stub
}

function listChildren(
  world: World,
  name: Listable,
  { id, child, request }: { id: string; child: string; request: SandboxRequest },
) {
  const childrenOf = SPECS[name].children?.[child]
  if (!childrenOf) throw unrecognized(request)
  const data = childrenOf(world, wholeOf(world, name, id))
  return subListPage(data, { query: request.query, url: request.path, called: `${name} ${child}` })
}

/** Subscription items have a list of their own, which wants to know of which subscription. */
function listItems(world: World, { query, path }: SandboxRequest) {
  const { subscription, ...others } = Object.fromEntries(query)
  if (!subscription) throw invalidRequest('Missing required param: subscription.', 'parameter_missing', 'subscription')
  const data =
    SPECS.subscription.children?.items?.(world, wholeOf(world, 'subscription', subscription, 'subscription')) ?? []
  const url = `${path}?subscription=${subscription}`
  return subListPage(data, { query: new URLSearchParams(others), url, called: 'subscription item' })
}

function wholeOf(world: World, name: Listable, id: string, param = 'id'): Stored {
  const entry = world.objects[name].get(id)
  if (!entry) throw resourceMissing(SPECS[name].called, id, param)
  return entry.value
}

const unrecognized = ({ method, path }: SandboxRequest) =>
  invalidRequest(`Unrecognized request URL (${method}: ${path}).`, undefined, undefined, 404)

function write(answer: Buffer | object, { pretty }: Settings): Buffer | string {
  if (!pretty) return Buffer.isBuffer(answer) ? answer : JSON.stringify(answer)
  return JSON.stringify(Buffer.isBuffer(answer) ? JSON.parse(answer.toString()) : answer, null, 2)
}

const withHeaders = (reply: Reply, requestId: string): Reply => ({
  ...reply,
  headers: {
    'Content-Type': 'application/json',
    'Request-Id': requestId,
    'Stripe-Version': API_VERSION,
    ...reply.headers,
  },
})
