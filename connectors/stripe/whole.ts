import { type Change, compactJson, ConnectorError, isConnectorError, type RawItem } from '@tributary/sdk'
import { type GetText, type Query, unreadable } from './client.ts'
import { type Endpoint, endpointOf, type StripeObject } from './endpoints.ts'
import { joinMembers, memberOf, splitMembers } from './json-members.ts'
import { getPage, isCutOff, lastId, PAGE_LIMIT, toChange } from './pages.ts'

/** One object with the whole of its inner list. Nothing: Stripe does not have it (any more). */
export async function getWhole(get: GetText, resource: string, id: string): Promise<Change | undefined> {
  const endpoint = endpointOf(resource)
  try {
    return toChange(resource, endpoint, await retrieve(get, endpoint, id))
  } catch (error) {
    if (isConnectorError(error) && error.code === 'not_found') return undefined
    throw error
  }
}

async function retrieve(get: GetText, endpoint: Endpoint, id: string): Promise<RawItem> {
  const path = `${endpoint.path}/${encodeURIComponent(id)}`
  const item = parseObject(await get(path), path)
  if (!endpoint.children || !isCutOff(endpoint, item.payload as StripeObject)) return item
  const { key, path: listPath, query } = endpoint.children
  const children = await drain(get, listPath(encodeURIComponent(id)), query?.(id) ?? {})
  const raw = withChildren(item.raw, key, children)
  return { raw, payload: JSON.parse(raw) as object }
}

function parseObject(text: string, path: string): RawItem {
  try {
    const payload = JSON.parse(text) as StripeObject | null
    if (typeof payload?.id === 'string') return { payload, raw: compactJson(text) }
  } catch {
    throw unreadable(`GET ${path}`)
  }
  throw unreadable(`GET ${path}`)
}

/** From its beginning, so that all of the list is of one reading. */
async function drain(get: GetText, path: string, query: Query): Promise<string[]> {
  const raws: string[] = []
  const seen = new Set<string | undefined>([undefined])
  let after: string | undefined
  for (let more = true; more;) {
    const page = await getPage(get, path, { ...query, limit: PAGE_LIMIT, starting_after: after }).catch(
      changedMeanwhile,
    )
    raws.push(...page.items.map(({ raw }) => raw))
    more = page.more
    after = lastId(page.items)
    if (more && seen.has(after)) throw circle(path, after)
    seen.add(after)
  }
  return raws
}

const circle = (path: string, after = 'no object') =>
  new ConnectorError('upstream_unavailable', `stripe: the pages of ${path} turn in a circle after ${after}; ask again`)

/** Here a vanished `starting_after` is no cursor of the engine's: a child was removed between two pages. */
function changedMeanwhile(error: unknown): never {
  if (!isConnectorError(error) || error.code !== 'cursor_expired') throw error
  throw new ConnectorError('upstream_unavailable', 'stripe: a list changed while it was read; ask for its object again')
}

function withChildren(raw: string, key: string, children: string[]): string {
  const list = replaceMembers(memberOf(raw, key), { data: `[${children.join(',')}]`, has_more: 'false' })
  return replaceMembers(raw, { [key]: list })
}

const replaceMembers = (raw: string, values: Record<string, string>) =>
  joinMembers(splitMembers(raw).map(([key, value]) => [key, Object.hasOwn(values, key) ? values[key]! : value]))
