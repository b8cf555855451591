import { ConnectorError, isConnectorError, type Context } from '@tributary/sdk'
// The main entry would bring every product of HubSpot, and a way to the network of its own.
import * as associations from '@hubspot/api-client/lib/codegen/crm/associations/v4/index.js'
import * as objects from '@hubspot/api-client/lib/codegen/crm/objects/index.js'
import * as properties from '@hubspot/api-client/lib/codegen/crm/properties/index.js'
import type { Config } from './config.ts'
import { type Portal, refusal } from './refusal.ts'

/** Each gives the body of an answer as it came, character by character; a type is named as in paths, `contacts`. Throws ConnectorError only. */
export type Client = {
  account(): Promise<string>
  properties(type: string): Promise<string>
  list(type: string, query: { limit: number; after?: string; archived: boolean; properties: string[] }): Promise<string>
  search(type: string, query: objects.PublicObjectSearchRequest): Promise<string>
  /** At most 100 ids. */
  read(type: string, query: { ids: string[]; archived: boolean; properties: string[] }): Promise<string>
  /** At most 1,000 inputs; with `after`, what follows of one that had more than a page. */
  associations(from: string, to: string, inputs: { id: string; after?: string }[]): Promise<string>
}

/**
 * The official SDK makes the requests, over the context's `fetch`, and is left the answers' text: its typed objects drop the
 * fields that they do not know and round times. Used by its parts like this, it tries nothing again by itself. HubSpot supports
 * these versions until March (v4) and September 2027 (v3): https://developers.hubspot.com/docs/api-reference/legacy/overview.
 */
export function createClient(context: Context<Config>, portal: Portal): Client {
  const send = createSend(context, portal)
  const origin = (context.config.base_url ?? 'https://api.hubapi.com').replace(/\/$/, '')
  const configuration = configure(objects, origin, send)
  const list = new objects.BasicApi(configuration)
  const search = new objects.SearchApi(configuration)
  const batch = new objects.BatchApi(configuration)
  const schema = new properties.CoreApi(configure(properties, origin, send))
  const links = new associations.BatchApi(configure(associations, origin, send))
  return {
    // The SDK does not have this one.
    account: async () => (await send(`${origin}/account-info/v3/details`, { method: 'GET' })).text,
    properties: (type) => bodyOf(`GET /crm/v3/properties/${type}`, schema.getAllWithHttpInfo(type)),
    list(type, { limit, after, archived, properties: names }) {
      const page = list.getPageWithHttpInfo(type, limit, after, names, undefined, undefined, archived)
      return bodyOf(`GET /crm/v3/objects/${type}`, page)
    },
    search: (type, query) => bodyOf(`POST /crm/v3/objects/${type}/search`, search.doSearchWithHttpInfo(type, query)),
    read(type, { ids, archived, properties: names }) {
      const query = { inputs: ids.map((id) => ({ id })), properties: names, propertiesWithHistory: [] }
      return bodyOf(`POST /crm/v3/objects/${type}/batch/read`, batch.readWithHttpInfo(type, query, archived))
    },
    associations: (from, to, inputs) =>
      bodyOf(`POST /crm/v4/associations/${from}/${to}/batch/read`, links.getPageWithHttpInfo(from, to, { inputs })),
  }
}

/** No cause: a parser's message quotes what it read. */
export const unreadable = (request: string) =>
  new ConnectorError('upstream_unavailable', `hubspot: the answer to ${request} is cut or not HubSpot's; ask again`)

/** Our own errors pass through the SDK as they are; what else fails in there is its parser. */
async function bodyOf(request: string, answer: Promise<{ body: objects.ResponseContext['body'] }>): Promise<string> {
  try {
    return await (await answer).body.text()
  } catch (error) {
    throw isConnectorError(error) ? error : unreadable(request)
  }
}

type Init = { method: string; headers?: Record<string, string>; body?: string }
type Send = (url: string, init: Init) => Promise<{ response: Response; text: string }>

function createSend({ fetch, secret, signal }: Context<Config>, portal: Portal): Send {
  return async (url, init) => {
    const request = `${init.method} ${new URL(url).pathname}`
    const headers = { ...init.headers, authorization: `Bearer ${checkToken(secret('access_token'))}` }
    const { response, text } = await exchange(request, () => fetch(url, { ...init, headers, signal }))
    if (!response.ok) throw refusal(portal, { request, status: response.status, headers: response.headers, text })
    return { response, text }
  }
}

async function exchange(request: string, ask: () => Promise<Response>) {
  try {
    const response = await ask()
    return { response, text: await response.text() }
  } catch (error) {
    if (isConnectorError(error)) throw error
    const message = `hubspot: ${request} got no usable answer; ask again`
    throw new ConnectorError('upstream_unavailable', message, { cause: error })
  }
}

/** Where a header cannot carry the token, fetch would say so by quoting it. */
function checkToken(token: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token
  throw new ConnectorError(
    'auth_failed',
    'hubspot: the access_token has characters that no token has; set another with PUT /v1/connections/:id/credentials',
  )
}

type SdkRequest = {
  getUrl(): string
  getHttpMethod(): string
  getHeaders(): Record<string, string>
  getBody(): unknown
}
type SdkHttp = { send(request: SdkRequest): Promise<objects.ResponseContext> }
/** Each part of the SDK has its own copy of all that it is made of, which for the compiler are different. */
type SdkPart<Server, Http, Configuration> = {
  ServerConfiguration: new (url: string, variables: Record<string, never>) => Server
  wrapHttpLibrary(library: SdkHttp): Http
  createConfiguration(options: { baseServer: Server; httpApi: Http }): Configuration
}

function configure<Server, Http, Configuration>(
  part: SdkPart<Server, Http, Configuration>,
  origin: string,
  send: Send,
): Configuration {
  const httpApi = part.wrapHttpLibrary({
    async send(request) {
      const init = {
        method: request.getHttpMethod(),
        headers: request.getHeaders(),
        body: request.getBody() as string | undefined,
      }
      const { response, text } = await send(request.getUrl(), init)
      const body = { text: async () => text, binary: async () => Buffer.from(text) }
      return new objects.ResponseContext(response.status, Object.fromEntries(response.headers), body)
    },
  })
  return part.createConfiguration({ baseServer: new part.ServerConfiguration(origin, {}), httpApi })
}
