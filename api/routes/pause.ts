import { updateConnection } from '../../db/connections.ts'
import { stopConnection } from '../../db/sync-cancel.ts'
import { inOrg } from '../../db/tenancy.ts'
import { callerOf } from '../auth.ts'
import type { App, RouteDeps } from '../deps.ts'
import { connectionNotFound, requireConnection } from '../find-connection.ts'
import { addRoute } from '../route.ts'
import { cancelRuns } from '../schedules.ts'
import { connectionOutput, connectionParams, toConnection } from '../schemas/connection.ts'
import { data } from '../schemas/envelope.ts'

const common = {
  tags: ['connections'] as [string],
  params: connectionParams,
  response: { 200: data(connectionOutput) },
}

export function pauseRoutes(app: App, deps: RouteDeps): void {
  addRoute(app, {
    method: 'POST',
    url: '/connections/:connection/pause',
    access: 'write',
    schema: { ...common, summary: 'Stop what runs, and start nothing until it is resumed' },
    handler: async (request) => {
      const { org_id, id } = await requireConnection(deps, request, request.params.connection)
      const key = { org_id, connection_id: id }
      const { paused, workflow_ids } = await inOrg(deps.db, callerOf(request), async (tx) => {
        const stopped = await stopConnection(tx, key)
        return { ...stopped, paused: await updateConnection(tx, key, { status: 'inactive', status_reason: null }) }
      })
      if (!paused) throw connectionNotFound(request.params.connection)
      await Promise.all([deps.schedules.follow(key), cancelRuns(deps, workflow_ids)])
      return { data: toConnection(paused) }
    },
  })
  addRoute(app, {
    method: 'POST',
    url: '/connections/:connection/resume',
    access: 'write',
    schema: { ...common, summary: 'Go on after a pause, or after the source was put in order' },
    handler: async (request) => {
      const { org_id, id } = await requireConnection(deps, request, request.params.connection)
      const key = { org_id, connection_id: id }
      const resumed = await inOrg(deps.db, callerOf(request), (tx) =>
        updateConnection(tx, key, { status: 'active', status_reason: null }),
      )
      if (!resumed) throw connectionNotFound(request.params.connection)
      await deps.schedules.follow(key)
      return { data: toConnection(resumed) }
    },
  })
}
