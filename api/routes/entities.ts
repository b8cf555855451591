import { z } from 'zod'
import { listEntities } from '../../db/read-entities.ts'
import { inOrg } from '../../db/tenancy.ts'
import { callerOf } from '../auth.ts'
import { cursorOf, pageOf } from '../cursor.ts'
import type { App, RouteDeps } from '../deps.ts'
import { listText, sendJson, withJsonText } from '../raw-json.ts'
import { addRoute } from '../route.ts'
import { anyJson, flag, instant, page, paging } from '../schemas/envelope.ts'

const cursors = cursorOf('entities', z.number().int().nonnegative())

const entityOutput = z
  .object({
    connection_id: z.uuid(),
    resource: z.string(),
    external_id: z.string(),
    seq: z.number().int(),
    collection_key: z.string(),
    created_at: instant.describe('When it was first seen'),
    synced_at: instant,
    archived_at: instant.nullable(),
    deleted_at: instant.nullable(),
    deletion_confidence: z.enum(['event', 'read', 'inferred']).nullable().describe('How a deletion is known'),
    sanitized: z.boolean().describe('Its payload has text that Postgres cannot hold, replaced in records'),
    raw_payload: anyJson.describe('The object as its source gave it'),
  })
  .meta({ id: 'Entity' })

export function entityRoutes(app: App, deps: RouteDeps): void {
  const querystring = z.strictObject({
    ...paging,
    connection_id: z.uuid().optional(),
    resource: z.string().optional(),
    external_id: z.string().optional(),
    deleted: flag.optional().describe('Both, if left out'),
  })
  addRoute(app, {
    method: 'GET',
    url: '/entities',
    access: 'read',
    schema: {
      summary: 'List objects as their sources gave them, in the order in which they were first seen',
      tags: ['entities'],
      querystring,
      response: { 200: page(entityOutput) },
    },
    handler: async (request, reply) => {
      const { limit, cursor, ...filter } = request.query
      const caller = callerOf(request)
      const query = { ...filter, org_id: caller.org_id, limit: limit + 1, after: cursors.decode(cursor) }
      const rows = await inOrg(deps.db, caller, (tx) => listEntities(tx, query))
      const { data, page } = pageOf(rows, limit, (row) => row.seq, cursors)
      const texts = data.map(({ raw_payload, ...row }) => withJsonText(row, 'raw_payload', raw_payload))
      return sendJson(reply, listText({ data: texts, page }))
    },
  })
}
