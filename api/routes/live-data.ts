import { z } from 'zod'
import { callerOf } from '../auth.ts'
import type { App, RouteDeps } from '../deps.ts'
import { requireActive } from '../find-connection.ts'
import { dataText, sendJson } from '../raw-json.ts'
import { addRoute } from '../route.ts'
import { connectionParams } from '../schemas/connection.ts'
import { data, paging } from '../schemas/envelope.ts'
import { liveReadOutput, liveReadText } from '../schemas/live-read.ts'

/** What a source holds now. It goes past Temporal, since no payload may travel through it. */
export function liveDataRoute(app: App, deps: RouteDeps): void {
  addRoute(app, {
    method: 'GET',
    url: '/connections/:connection/data/:resource',
    access: 'read',
    schema: {
      summary: 'Read a page of a resource from the source itself; nothing is stored',
      tags: ['live data'],
      params: connectionParams.extend({ resource: z.string() }),
      querystring: z.strictObject({ limit: paging.limit }),
      response: { 200: data(liveReadOutput) },
    },
    handler: async (request, reply) => {
      const { connection, resource } = request.params
      const { id, last_validated_at } = await requireActive(deps, request, connection)
      const read = await deps.fetchLive({
        tenant: callerOf(request),
        connection_id: id,
        resource,
        limit: request.query.limit,
        settings: last_validated_at ?? '',
      })
      return sendJson(reply, dataText(liveReadText(read)))
    },
  })
}
