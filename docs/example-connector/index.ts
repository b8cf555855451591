import {
  ConnectorError,
  defineConnector,
  isConnectorError,
  jsonItems,
  RateLimitError,
  retryAfterMs,
} from '@tributary/sdk'
import type { Change, Context, Page, ReadRequest, Resource } from '@tributary/sdk'
import { z } from 'zod'

const config = z.strictObject({
  base_url: z
    .url()
    .default('https://api.helpdesk.example.com')
    .meta({ description: 'Where the API is. Only to be set for a sandbox.', deploymentOption: true }),
})
type Config = z.infer<typeof config>
/** The body of an answer as text. Throws a ConnectorError for any other outcome. */
type GetText = (path: string) => Promise<string>

export default defineConnector<Config>({
  config,
  open(context) {
    const get = createClient(context)
    return {
      async testConnection() {
        const { workspace } = parse(await get('/v2/me'), accountShape)
        return { id: workspace.id, mode: workspace.trial ? 'test' : 'live' }
      },
      read: (request) => readPage(get, request),
      async get(resource, ids) {
        const changes = await Promise.all(ids.map((id) => getOne(get, resource, id)))
        return changes.filter((change) => change !== undefined)
      },
    }
  },
})

/** Sends with the context's fetch, which waits for the rate limit; does not try again, which is for the engine to decide. */
function createClient({ config: { base_url }, secret, fetch, signal }: Context<Config>): GetText {
  return async (path) => {
    const headers = { authorization: `Bearer ${secret('api_token')}` }
    try {
      const response = await fetch(new URL(path, base_url), { headers, signal })
      if (!response.ok) throw refusal(response)
      return await response.text()
    } catch (error) {
      if (isConnectorError(error) || signal.aborted) throw error
      throw new ConnectorError('upstream_unavailable', 'acme_helpdesk: the connection broke; ask again', {
        cause: error,
      })
    }
  }
}

function refusal({ status, headers }: Response): ConnectorError {
  const retry = { retryAfterMs: retryAfterMs(headers.get('retry-after')) }
  if (status === 429) return new RateLimitError('acme_helpdesk: too many requests; wait before the next', retry)
  if (status >= 500)
    return new ConnectorError('upstream_unavailable', `acme_helpdesk: it answered ${status}; ask again`, retry)
  const [code, advice] = refusals[status] ?? ['invalid_request', 'look it up in its manual']
  return new ConnectorError(code, `acme_helpdesk: it answered ${status}; ${advice}`)
}

const refusals: Record<number, [ConnectorError['code'], string]> = {
  401: ['auth_failed', 'set another api_token with PUT /v1/connections/:id/credentials'],
  403: ['forbidden', 'let the api_token read this resource'],
  404: ['not_found', 'there is no such object'],
  410: ['cursor_expired', 'the page_token is too old'],
}

const paths: Record<string, string> = { customer: '/v2/customers', ticket: '/v2/tickets' }
const accountShape = z.object({ workspace: z.object({ id: z.string(), trial: z.boolean() }) })
const objectShape = z.looseObject({ id: z.string() })
const pageShape = z.object({ next_page_token: z.string().nullable() })

async function readPage(get: GetText, { resource, limit, after }: ReadRequest): Promise<Page<Change>> {
  const query = new URLSearchParams({
    page_size: String(limit),
    ...(typeof after === 'string' && { page_token: after }),
  })
  const text = await get(`${paths[resource.name]}?${query.toString()}`)
  const { next_page_token: next } = parse(text, pageShape)
  // The exact text of each object is kept: parsing alone would lose 1.50 and what is beyond 2^53.
  const items = jsonItems(text, 'items').items.map(({ payload, raw }) => {
    return { resource: resource.name, id: objectShape.parse(payload).id, payload, raw }
  })
  return next === null ? { items, more: false } : { items, more: true, next }
}

async function getOne(get: GetText, { name: resource }: Resource, id: string): Promise<Change | undefined> {
  try {
    const raw = await get(`${paths[resource]}/${encodeURIComponent(id)}`)
    return { resource, id, payload: parse(raw, objectShape), raw }
  } catch (error) {
    if (isConnectorError(error) && error.code === 'not_found') return undefined // it is gone, and so it is not answered
    throw error
  }
}

/** No cause in the error: a parser quotes what it read. */
function parse<T>(text: string, shape: z.ZodType<T>): T {
  try {
    return shape.parse(JSON.parse(text))
  } catch {
    throw new ConnectorError('upstream_unavailable', 'acme_helpdesk: the answer is cut or not its own; ask again')
  }
}
