import type { Change, Page, ReadRequest } from '@tributary/sdk'
import { FilterOperatorEnum as Operator } from '@hubspot/api-client/lib/codegen/crm/objects/index.js'
import { idOf, parseAnswer } from './answers.ts'
import { MERGE_PROPERTIES, namedIn } from './changes.ts'
import type { Client } from './client.ts'
import { objectTypeOf } from './object-types.ts'

const LIST_LIMIT = 100
const SEARCH_LIMIT = 200

export const readPage = (client: Client, request: ReadRequest): Promise<Page<Change>> =>
  request.scan === 'full' ? listPage(client, request) : searchPage(client, request)

/** A list has two parts: what is in use, then what is archived. */
type Mark = { archived: boolean; after?: string }

/**
 * Everything, by id. What is archived comes last: an object that is archived while this goes on is met there again, later than
 * where it was. Search leaves out what is archived, and knows no association that changed without a property of its object: until
 * there are webhooks, only a full scan tells these.
 */
async function listPage(client: Client, { resource, limit, after }: ReadRequest): Promise<Page<Change>> {
  const { path } = objectTypeOf(resource.name)
  const mark = (after ?? { archived: false }) as Mark
  const query = { limit: Math.min(limit, LIST_LIMIT), properties: MERGE_PROPERTIES, ...mark }
  const answer = parseAnswer(await client.list(path, query), `GET /crm/v3/objects/${path}`)
  const items = namedIn(resource.name, answer)
  if (answer.next) return { items, more: true, next: { archived: mark.archived, after: answer.next } }
  return mark.archived ? { items, more: false } : { items, more: true, next: { archived: true } }
}

/**
 * What changed in a window, each page a query of its own, for what is behind the last id of the page before: a query gives at
 * most 10,000 objects (https://developers.hubspot.com/docs/api-reference/2026-03/crm/search-the-crm), and an import can
 * change more than that within one millisecond. So pages are in the order of ids, not of times, and no window is cut midway.
 * The index behind search is late: what it says of an object is only that it is to be read.
 */
async function searchPage(client: Client, { resource, window, limit, after }: ReadRequest): Promise<Page<Change>> {
  const { path, modified } = objectTypeOf(resource.name)
  const last = typeof after === 'string' ? after : '0'
  const filters = [
    { propertyName: 'hs_object_id', operator: Operator.Gt, value: last },
    ...(window?.from ? [{ propertyName: modified, operator: Operator.Gte, value: toMs(window.from) }] : []),
    ...(window ? [{ propertyName: modified, operator: Operator.Lt, value: toMs(window.to) }] : []),
  ]
  const text = await client.search(path, {
    filterGroups: [{ filters }],
    sorts: ['hs_object_id'],
    properties: MERGE_PROPERTIES,
    limit: Math.min(limit, SEARCH_LIMIT),
  })
  const answer = parseAnswer(text, `POST /crm/v3/objects/${path}/search`)
  const lastId = answer.objects.map(({ payload }) => idOf(payload)).findLast(Boolean)
  return {
    items: namedIn(resource.name, answer),
    more: answer.next !== undefined,
    // Where a page names nothing to go on from, the same mark again lets the engine see that it turns in a circle.
    next: lastId ?? after,
    ...(after === undefined && { total: answer.total }),
  }
}

/** Windows are whole milliseconds, as the manifest's `grainSeconds` has it. */
const toMs = (instant: string) => String(Date.parse(instant))
