import { z } from 'zod'
import { deleteConnection, listConnections, updateConnection, type ConnectionRow } from '../../db/connections.ts'
import { stopConnection } from '../../db/sync-cancel.ts'
import { inOrg } from '../../db/tenancy.ts'
import { testConnection } from '../../engine/ask-source.ts'
import { readAdapterInput } from '../../engine/open.ts'
import { callerOf, type Caller } from '../auth.ts'
import { requireSameAccount } from '../connection-input.ts'
import { cursorOf, pageOf } from '../cursor.ts'
import type { App, RouteDeps } from '../deps.ts'
import { connectionNotFound, requireConnection } from '../find-connection.ts'
import { addRoute } from '../route.ts'
import { cancelRuns } from '../schedules.ts'
import { connectionOutput, connectionParams, connectionPatch, toConnection } from '../schemas/connection.ts'
import { data, page, paging } from '../schemas/envelope.ts'

const tags: [string] = ['connections']
const cursors = cursorOf('connections', z.uuid())

export function connectionRoutes(app: App, deps: RouteDeps): void {
  listRoute(app, deps)
  getRoute(app, deps)
  patchRoute(app, deps)
  deleteRoute(app, deps)
}

function listRoute(app: App, deps: RouteDeps): void {
  const querystring = z.strictObject({
    ...paging,
    connector: z.string().optional(),
    status: z.enum(['active', 'inactive', 'error']).optional(),
  })
  addRoute(app, {
    method: 'GET',
    url: '/connections',
    access: 'read',
    schema: { summary: 'List connections', tags, querystring, response: { 200: page(connectionOutput) } },
    handler: async (request) => {
      const { limit, cursor, ...filter } = request.query
      const caller = callerOf(request)
      const query = { ...filter, org_id: caller.org_id, limit: limit + 1, after: cursors.decode(cursor) }
      const rows = await inOrg(deps.db, caller, (tx) => listConnections(tx, query))
      return pageOf(rows.map(toConnection), limit, (row) => row.id, cursors)
    },
  })
}

function getRoute(app: App, deps: RouteDeps): void {
  addRoute(app, {
    method: 'GET',
    url: '/connections/:connection',
    access: 'read',
    schema: { summary: 'Get a connection', tags, params: connectionParams, response: { 200: data(connectionOutput) } },
    handler: async (request) => ({
      data: toConnection(await requireConnection(deps, request, request.params.connection)),
    }),
  })
}

function patchRoute(app: App, deps: RouteDeps): void {
  addRoute(app, {
    method: 'PATCH',
    url: '/connections/:connection',
    access: 'write',
    schema: {
      summary: 'Change a connection; a new config is tried before it is stored',
      tags,
      params: connectionParams,
      body: connectionPatch,
      response: { 200: data(connectionOutput) },
    },
    handler: async (request) => {
      const connection = await requireConnection(deps, request, request.params.connection)
      const { config } = request.body
      if (config) await tryConfig(deps, callerOf(request), connection, config)
      const validated = config && { last_validated_at: new Date().toISOString() }
      const key = { org_id: connection.org_id, connection_id: connection.id }
      const changed = await inOrg(deps.db, callerOf(request), (tx) =>
        updateConnection(tx, key, { ...request.body, ...validated }),
      )
      if (!changed) throw connectionNotFound(request.params.connection)
      await deps.schedules.follow(key)
      return { data: toConnection(changed) }
    },
  })
}

async function tryConfig(deps: RouteDeps, caller: Caller, connection: ConnectionRow, config: object): Promise<void> {
  const { input } = await readAdapterInput(deps, caller, connection.id)
  requireSameAccount(connection.account, await testConnection(deps, { ...input, config }))
}

function deleteRoute(app: App, deps: RouteDeps): void {
  addRoute(app, {
    method: 'DELETE',
    url: '/connections/:connection',
    access: 'write',
    schema: {
      summary: 'Delete a connection with its credentials; what it has synced stays',
      tags,
      params: connectionParams,
      response: { 204: z.undefined().describe('It is deleted') },
    },
    handler: async (request, reply) => {
      const connection = await requireConnection(deps, request, request.params.connection)
      const key = { org_id: connection.org_id, connection_id: connection.id }
      const { workflow_ids } = await inOrg(deps.db, callerOf(request), async (tx) => {
        const stopped = await stopConnection(tx, key)
        await deleteConnection(tx, key)
        return stopped
      })
      await Promise.all([deps.schedules.follow(key), cancelRuns(deps, workflow_ids)])
      return reply.code(204).send()
    },
  })
}
