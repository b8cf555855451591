import { z } from 'zod'
import { listQuarantine } from '../../db/read-quarantine.ts'
import { inOrg } from '../../db/tenancy.ts'
import { unknownResources } from '../../engine/find-resource.ts'
import { retryQuarantine } from '../../engine/retry-quarantine.ts'
import { callerOf } from '../auth.ts'
import { cursorOf, pageOf } from '../cursor.ts'
import type { App, RouteDeps } from '../deps.ts'
import { invalidInput } from '../errors.ts'
import { requireActive } from '../find-connection.ts'
import { listText, sendJson, withJsonText } from '../raw-json.ts'
import { addRoute } from '../route.ts'
import { anyJson, data as envelope, instant, page, paging } from '../schemas/envelope.ts'

const cursors = cursorOf('quarantine', z.uuid())

const quarantineOutput = z
  .object({
    id: z.uuid(),
    connection_id: z.uuid(),
    resource: z.string(),
    external_id: z.string(),
    collection_key: z.string(),
    reason_code: z.string(),
    reason: z.string(),
    attempts: z.number().int(),
    sync_id: z.uuid().nullable(),
    first_seen_at: instant,
    last_seen_at: instant,
    raw_payload: anyJson.describe('The object as its source gave it'),
  })
  .meta({ id: 'QuarantinedObject' })

export function quarantineRoutes(app: App, deps: RouteDeps): void {
  listRoute(app, deps)
  retryRoute(app, deps)
}

function listRoute(app: App, deps: RouteDeps): void {
  const querystring = z.strictObject({
    ...paging,
    connection_id: z.uuid().optional(),
    resource: z.string().optional(),
    reason_code: z.string().optional(),
  })
  addRoute(app, {
    method: 'GET',
    url: '/quarantine',
    access: 'read',
    schema: {
      summary: 'List objects that could not be mapped, with the reasons',
      tags: ['quarantine'],
      querystring,
      response: { 200: page(quarantineOutput) },
    },
    handler: async (request, reply) => {
      const { limit, cursor, ...filter } = request.query
      const caller = callerOf(request)
      const query = { ...filter, org_id: caller.org_id, limit: limit + 1, after: cursors.decode(cursor) }
      const rows = await inOrg(deps.db, caller, (tx) => listQuarantine(tx, query))
      const { data, page } = pageOf(rows, limit, (row) => row.id, cursors)
      const texts = data.map(({ raw_payload, ...row }) => withJsonText(row, 'raw_payload', raw_payload))
      return sendJson(reply, listText({ data: texts, page }))
    },
  })
}

function retryRoute(app: App, deps: RouteDeps): void {
  const count = z.number().int()
  addRoute(app, {
    method: 'POST',
    url: '/quarantine/retry',
    access: 'write',
    schema: {
      summary: 'Try to map objects in quarantine again, as after a fix; the source is not asked',
      tags: ['quarantine'],
      body: z.strictObject({
        connection_id: z.string().describe('Id or app_key'),
        resource: z.string().nullable().default(null).describe('null: all of the connection'),
        external_ids: z
          .array(z.string())
          .min(1)
          .max(1000)
          .nullable()
          .default(null)
          .describe('null: all of the resource'),
      }),
      response: { 200: envelope(z.object({ tried: count, released: count })) },
    },
    handler: async (request) => {
      const { connection_id, ...asked } = request.body
      const connection = await requireActive(deps, request, connection_id)
      const key = { org_id: connection.org_id, connection_id: connection.id }
      const names = asked.resource === null ? [] : [asked.resource]
      const [unknown] = await unknownResources(deps, callerOf(request), connection, names)
      if (unknown) throw invalidInput([{ path: 'body.resource', message: `there is no resource ${unknown}` }])
      return { data: await retryQuarantine(deps, callerOf(request), key, asked) }
    },
  })
}
