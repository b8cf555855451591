import type { Reply, SandboxRequest } from '@tributary/sdk/sandbox'
import { readAssociations, readBatch, scopesFor } from './batches.ts'
import { listPage, retrieve } from './lists.ts'
import { archive, mergeByRequest } from './mutations.ts'
import { HubspotProblem, missingScopes, notFound, problemReply, rateLimited, unauthorized } from './problem.ts'
import { searchPage } from './search.ts'
import { typesByPath } from './wire.ts'
import type { TypeName } from './wire.ts'
import type { World } from './world.ts'

/** May be turned while it runs. */
export type Settings = {
  /** How far the index behind search is behind, in milliseconds of the sandbox's clock. */
  indexLagMs: number
  /** Every request is one too many for this day. */
  dayUsedUp: boolean
  /** What the private app may do. */
  scopes: string[]
}

export const PORTAL = { id: 8_424_242, timeZone: 'US/Eastern', currency: 'USD' }

/** HubSpot's manual, "Error handling": a URL that is too long is a 414. It does not say how long that is. */
const MOST_URL = 8192

/** Answers a request as HubSpot's API would; what it refuses is thrown within and told in HubSpot's words. */
export function createAnswer(world: World, token: string, settings: Settings) {
  return (request: SandboxRequest): Reply => {
    try {
      if (tokenOf(request) !== token || token === '') throw unauthorized()
      if (settings.dayUsedUp) throw rateLimited('DAILY')
      if (request.path.length + request.query.toString().length > MOST_URL) return TOO_LONG
      return route(world, settings, request)
    } catch (error) {
      if (!(error instanceof HubspotProblem)) throw error
      return problemReply(error, correlationOf(request))
    }
  }
}

export const correlationOf = ({ n }: SandboxRequest) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

export function tokenOf({ headers }: SandboxRequest): string {
  const [scheme, value = ''] = (headers.authorization ?? '').split(' ', 2)
  return scheme?.toLowerCase() === 'bearer' ? value : ''
}

const TOO_LONG: Reply = { status: 414, headers: { 'Content-Type': 'text/html' }, body: '<h1>414 URI Too Long</h1>' }

function route(world: World, settings: Settings, request: SandboxRequest): Reply {
  const { method, path } = request
  if (method === 'GET' && path === '/account-info/v3/details') return json(200, ACCOUNT)
  const [, crm, version, api, ...rest] = path.split('/')
  const place = `${crm} ${version} ${api}`
  if (place === 'crm v3 properties' && method === 'GET') return properties(world, settings, rest)
  if (place === 'crm v3 objects') return objects(world, settings, request, rest)
  if (place === 'crm v4 associations' && method === 'POST') return associations(world, settings, request, rest)
  throw notFound()
}

const ACCOUNT = {
  portalId: PORTAL.id,
  accountType: 'DEVELOPER_TEST',
  timeZone: PORTAL.timeZone,
  companyCurrency: PORTAL.currency,
  additionalCurrencies: ['EUR', 'JPY', 'KWD'],
  utcOffset: '-05:00',
  utcOffsetMilliseconds: -18_000_000,
  uiDomain: 'app.hubspot.com',
  dataHostingLocation: 'na1',
}

function properties(world: World, settings: Settings, [path = '', ...rest]: string[]): Reply {
  const name = typeAt(path)
  if (rest.length > 0) throw notFound()
  requireScopes(settings, [name])
  const results = world.definitions[name].map((one) => ({ ...one, groupName: 'information', hidden: false }))
  return json(200, { results })
}

function objects(world: World, settings: Settings, request: SandboxRequest, [path = '', ...rest]: string[]): Reply {
  const { method, query } = request
  const text = request.body.toString()
  const name = typeAt(path)
  requireScopes(settings, [name])
  const asked = `${method} ${rest.join('/')}`
  if (asked === 'GET ') return json(200, listPage(world, name, query))
  if (asked === 'POST search') return json(200, searchPage(world, name, text, settings.indexLagMs))
  if (asked === 'POST batch/read') return batch(world, readBatch(world, name, text, query))
  if (asked === 'POST merge') return json(200, mergeByRequest(world, name, text))
  const [id = '', ...more] = rest
  if (more.length > 0) throw notFound()
  if (method === 'GET') return json(200, retrieve(world, name, id, query))
  if (method !== 'DELETE') throw notFound()
  archive(world, name, id)
  return { status: 204, body: '' }
}

function associations(world: World, settings: Settings, { body }: SandboxRequest, path: string[]): Reply {
  const [from, to] = [typeAt(path[0]), typeAt(path[1])]
  if (path.slice(2).join('/') !== 'batch/read') throw notFound()
  requireScopes(settings, [from, to])
  return batch(world, readAssociations(world, [from, to], body.toString()))
}

function typeAt(path = ''): TypeName {
  const name = typesByPath.get(path)
  if (!name) throw notFound(`Unable to infer object type from: ${path}`)
  return name
}

function requireScopes({ scopes }: Settings, names: TypeName[]) {
  const missing = scopesFor(...names).filter((scope) => !scopes.includes(scope))
  if (missing.length > 0) throw missingScopes(missing)
}

/** HubSpot's manual, "Error handling": a batch of which a part failed is a 207. */
function batch({ clock }: World, { results, errors }: { results: object[]; errors: object[] }): Reply {
  const at = new Date(clock.now()).toISOString()
  const outcome = errors.length > 0 && { numErrors: errors.length, errors }
  const status = errors.length > 0 ? 207 : 200
  return json(status, { status: 'COMPLETE', results, ...outcome, startedAt: at, completedAt: at })
}

const json = (status: number, body: object): Reply => ({
  status,
  headers: { 'Content-Type': 'application/json;charset=utf-8' },
  body: JSON.stringify(body),
})
