import { type Change, ConnectorError, type FeedRequest, type Page, type SourceEvent } from '@tributary/sdk'
import { z } from 'zod'
import { API_VERSION, type GetText } from './client.ts'
import { endpointOf, isResource, type StripeObject } from './endpoints.ts'
import { memberOf } from './json-members.ts'
import { getPage, lastId, toChange, toInstant, toQuery } from './pages.ts'

/** One page of https://docs.stripe.com/api/events/list, newest first: what was told in the last 30 days. */
export async function readFeed(get: GetText, request: FeedRequest): Promise<Page<SourceEvent>> {
  const { items, more } = await getPage(get, '/v1/events', toQuery(request))
  const events = items.map(({ raw }) => readOrSkip(raw))
  return { items: events, more, next: lastId(items) ?? request.after, reached: events.at(-1)?.at || undefined }
}

/** One event that is none does not stop the others: without an id it is skipped, and counted. */
function readOrSkip(raw: string): SourceEvent {
  try {
    return readEvent(raw)
  } catch {
    return { id: '', type: '', at: '', raw }
  }
}

const eventShape = z.looseObject({
  id: z.string().min(1),
  type: z.string(),
  created: z.number().int(),
  api_version: z.string().nullish(),
  data: z.looseObject({ object: z.looseObject({ id: z.unknown(), object: z.unknown() }) }),
})
type StripeEvent = z.infer<typeof eventShape>

/** What an event says of the object that it holds: https://docs.stripe.com/api/events/object. */
export function readEvent(raw: string): SourceEvent {
  const event = parse(raw)
  const at = toInstant(event.created)
  if (!at) throw unreadable()
  const change = changeOf(event, raw)
  return { id: event.id, type: event.type, at, raw, ...(change && { change }) }
}

function changeOf(event: StripeEvent, raw: string): Change | undefined {
  const object: StripeObject = event.data.object
  const { id, object: resource } = object
  if (typeof resource !== 'string' || !isResource(resource) || typeof id !== 'string' || id === '') return undefined
  // A subscription that is called deleted has ended, and is still there.
  if (event.type === `${resource}.deleted`) return { resource, id, op: 'delete' }
  // Another version shows another shape: the object is read in ours.
  if (event.api_version !== API_VERSION) return { resource, id }
  const told = toChange(resource, endpointOf(resource), {
    payload: object,
    raw: memberOf(memberOf(raw, 'data'), 'object'),
  })
  return told && { ...told, op: told.op ?? (event.type.endsWith('.created') ? 'create' : 'update') }
}

function parse(raw: string): StripeEvent {
  try {
    return eventShape.parse(JSON.parse(raw))
  } catch {
    throw unreadable() // a parser quotes what it read
  }
}

const unreadable = () => new ConnectorError('invalid_payload', 'stripe: an event is cut or not Stripe’s')
