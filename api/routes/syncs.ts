import { z } from 'zod'
import { cancelSync } from '../../db/sync-cancel.ts'
import { listSyncs, requestSync } from '../../db/syncs.ts'
import { inOrg } from '../../db/tenancy.ts'
import { unknownResources } from '../../engine/find-resource.ts'
import { wakeSync } from '../../temporal/schedules.ts'
import { callerOf } from '../auth.ts'
import { cursorOf, pageOf } from '../cursor.ts'
import type { App, RouteDeps } from '../deps.ts'
import { invalidInput } from '../errors.ts'
import { requireActive, stoppedMeanwhile } from '../find-connection.ts'
import { requireSync, syncNotFound } from '../find-sync.ts'
import { addRoute } from '../route.ts'
import { cancelRuns, tellTemporal } from '../schedules.ts'
import { connectionParams, isUuid } from '../schemas/connection.ts'
import { data, instant, page, paging } from '../schemas/envelope.ts'
import { syncInput, syncOutput, syncParams, syncReport, syncStatus } from '../schemas/sync.ts'

const tags: [string] = ['syncs']
const cursors = cursorOf('syncs', z.object({ requested_at: instant, id: z.uuid() }))

export function syncRoutes(app: App, deps: RouteDeps): void {
  requestRoute(app, deps)
  listRoute(app, deps)
  getRoute(app, deps)
  cancelRoute(app, deps)
}

function requestRoute(app: App, deps: RouteDeps): void {
  addRoute(app, {
    method: 'POST',
    url: '/connections/:connection/syncs',
    access: 'write',
    schema: {
      summary: 'Sync now: it is queued, and served by a read that begins after it was asked for',
      tags,
      params: connectionParams,
      body: syncInput,
      response: { 202: data(syncOutput) },
    },
    handler: async (request, reply) => {
      const caller = callerOf(request)
      const connection = await requireActive(deps, request, request.params.connection)
      const { mode, resources } = request.body
      const unknown = await unknownResources(deps, caller, connection, resources ?? [])
      if (unknown.length > 0)
        throw invalidInput(unknown.map((name) => ({ path: 'body.resources', message: `there is no resource ${name}` })))
      const key = { org_id: caller.org_id, connection_id: connection.id }
      const asked = { ...key, mode, resources, requested_by: caller.api_key_id }
      const sync = await inOrg(deps.db, caller, (tx) => requestSync(tx, asked))
      if (!sync) throw stoppedMeanwhile(connection)
      await tellTemporal(deps, 'wake a connection', () => wakeSync(deps.temporal, key))
      return reply.code(202).send({ data: sync })
    },
  })
}

function listRoute(app: App, deps: RouteDeps): void {
  const querystring = z.strictObject({ ...paging, connection_id: z.uuid().optional(), status: syncStatus.optional() })
  addRoute(app, {
    method: 'GET',
    url: '/syncs',
    access: 'read',
    schema: { summary: 'List syncs, newest first', tags, querystring, response: { 200: page(syncOutput) } },
    handler: async (request) => {
      const { limit, cursor, ...filter } = request.query
      const caller = callerOf(request)
      const query = { ...filter, org_id: caller.org_id, limit: limit + 1, after: cursors.decode(cursor) }
      const rows = await inOrg(deps.db, caller, (tx) => listSyncs(tx, query))
      return pageOf(rows, limit, ({ requested_at, id }) => ({ requested_at, id }), cursors)
    },
  })
}

function getRoute(app: App, deps: RouteDeps): void {
  addRoute(app, {
    method: 'GET',
    url: '/syncs/:sync_id',
    access: 'read',
    schema: {
      summary: 'Get a sync with a report for each resource',
      tags,
      params: syncParams,
      response: { 200: data(syncReport) },
    },
    handler: async (request) => ({ data: await requireSync(deps, callerOf(request), request.params.sync_id) }),
  })
}

function cancelRoute(app: App, deps: RouteDeps): void {
  addRoute(app, {
    method: 'POST',
    url: '/syncs/:sync_id/cancel',
    access: 'write',
    schema: {
      summary: 'Stop a sync; one that has ended stays as it is',
      tags,
      params: syncParams,
      response: { 200: data(syncOutput) },
    },
    handler: async (request) => {
      const { sync_id } = request.params
      const caller = callerOf(request)
      const key = { org_id: caller.org_id, sync_id }
      const cancelled = isUuid(sync_id) ? await inOrg(deps.db, caller, (tx) => cancelSync(tx, key)) : undefined
      if (!cancelled) throw syncNotFound(sync_id)
      await cancelRuns(deps, cancelled.workflow_ids)
      return { data: cancelled.sync }
    },
  })
}
