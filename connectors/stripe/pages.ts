import {
  type Change,
  type FeedRequest,
  type Instant,
  jsonItems,
  type Page,
  type RawItem,
  type ReadRequest,
} from '@tributary/sdk'
import { type GetText, type Query, unreadable } from './client.ts'
import { type Endpoint, endpointOf, type StripeObject } from './endpoints.ts'

/** Stripe gives at most 100 objects a page (https://docs.stripe.com/api/pagination). */
export const PAGE_LIMIT = 100

/** One page of a list, newest first. */
export async function readPage(get: GetText, request: ReadRequest): Promise<Page<Change>> {
  const { name } = request.resource
  const endpoint = endpointOf(name)
  const { items, more } = await getPage(get, endpoint.path, { ...endpoint.query, ...toQuery(request) })
  return {
    items: items.map((item) => toChange(name, endpoint, item) ?? { resource: name, id: '' }),
    more,
    // Where a page names no object to go on from, the same cursor again lets the engine see that it turns in a circle.
    next: lastId(items) ?? request.after,
    reached: toInstant((items.at(-1)?.payload as StripeObject | undefined)?.created) ?? undefined,
  }
}

/** A list as Stripe wraps it. Throws `upstream_unavailable` where the text is anything else. */
export async function getPage(get: GetText, path: string, query: Query): Promise<{ items: RawItem[]; more: boolean }> {
  const text = await get(path, query)
  const { envelope, items } = parseList(text, path)
  if (typeof envelope.has_more !== 'boolean') throw unreadable(`GET ${path}`)
  return { items: items.filter(({ payload }) => payload !== null), more: envelope.has_more }
}

/** A list row or a retrieved object; one that shows only part of its inner list has no payload. */
export function toChange(resource: string, endpoint: Endpoint, { payload, raw }: RawItem): Change | undefined {
  const object = payload as StripeObject
  const { id } = object
  if (typeof id !== 'string' || id === '') return undefined
  if (object.deleted === true) return { resource, id, op: 'delete' }
  const archived_at = toInstant(endpoint.archivedAt?.(object))
  return isCutOff(endpoint, object) ? { resource, id, archived_at } : { resource, id, payload, raw, archived_at }
}

export function isCutOff({ children }: Endpoint, object: StripeObject): boolean {
  const list = children && (object[children.key] as { has_more?: unknown } | null | undefined)
  return list?.has_more === true
}

export function lastId(items: RawItem[]): string | undefined {
  return items
    .map(({ payload }) => (payload as StripeObject).id)
    .findLast((id) => typeof id === 'string' && id !== '') as string | undefined
}

function parseList(text: string, path: string) {
  try {
    return jsonItems(text, 'data')
  } catch {
    throw unreadable(`GET ${path}`)
  }
}

/** Stripe asks in whole seconds: rounding outwards gives more than was asked for, never less. */
export function toQuery({ after, limit, window }: FeedRequest): Query {
  return {
    limit: Math.min(limit, PAGE_LIMIT),
    'created[gte]': window?.from && Math.floor(Date.parse(window.from) / 1000),
    'created[lt]': window && Math.ceil(Date.parse(window.to) / 1000),
    starting_after: typeof after === 'string' ? after : undefined,
  }
}

const LAST_SECOND = 253_402_300_799 // of the year 9999

/** Unix seconds to RFC 3339. A time that is none is the mapper's to refuse. */
export function toInstant(seconds: unknown): Instant | null {
  const isTime = Number.isInteger(seconds) && Math.abs(seconds as number) <= LAST_SECOND
  return isTime ? new Date((seconds as number) * 1000).toISOString() : null
}
