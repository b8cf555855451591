import { z } from 'zod'
import { forgetRevision } from '../../db/resource-states.ts'
import { requestSync, type SyncMode, type SyncRow } from '../../db/syncs.ts'
import { inOrg } from '../../db/tenancy.ts'
import type { ConnectionRow } from '../../db/connections.ts'
import { unknownResources } from '../../engine/find-resource.ts'
import { wakeSync } from '../../temporal/schedules.ts'
import { callerOf, type Caller } from '../auth.ts'
import type { App, RouteDeps } from '../deps.ts'
import { ApiError, invalidInput } from '../errors.ts'
import { requireActive, stoppedMeanwhile } from '../find-connection.ts'
import { addRoute } from '../route.ts'
import { tellTemporal } from '../schedules.ts'
import { connectionParams } from '../schemas/connection.ts'
import { data } from '../schemas/envelope.ts'
import { resourceNames, syncOutput } from '../schemas/sync.ts'

const tags: [string] = ['syncs']
const response = { 202: data(syncOutput) }

export function rereadRoutes(app: App, deps: RouteDeps): void {
  resetRoute(app, deps)
  rederiveRoute(app, deps)
}

function resetRoute(app: App, deps: RouteDeps): void {
  addRoute(app, {
    method: 'POST',
    url: '/connections/:connection/resources/:resource/reset',
    access: 'write',
    schema: {
      summary: 'Read one resource as a whole again, even where its content seems to be the same; the others go on',
      tags,
      params: connectionParams.extend({ resource: z.string() }),
      response,
    },
    handler: async (request, reply) => {
      const { connection: id, resource } = request.params
      const connection = await requireActive(deps, request, id)
      const caller = callerOf(request)
      const [unknown] = await unknownResources(deps, caller, connection, [resource])
      if (unknown) throw new ApiError('not_found', `The connection has no resource ${unknown}`)
      const key = { org_id: caller.org_id, connection_id: connection.id, resource }
      await inOrg(deps.db, caller, (tx) => forgetRevision(tx, key))
      return reply
        .code(202)
        .send({ data: await ask(deps, caller, connection, { mode: 'full', resources: [resource] }) })
    },
  })
}

function rederiveRoute(app: App, deps: RouteDeps): void {
  addRoute(app, {
    method: 'POST',
    url: '/connections/:connection/rederive',
    access: 'write',
    schema: {
      summary: 'Make the unified rows anew from what is stored, as after a change of a mapper; the source is not asked',
      tags,
      params: connectionParams,
      body: z.strictObject({ resources: resourceNames }).nullish(),
      response,
    },
    handler: async (request, reply) => {
      const connection = await requireActive(deps, request, request.params.connection)
      const caller = callerOf(request)
      const resources = request.body?.resources ?? null
      const unknown = await unknownResources(deps, caller, connection, resources ?? [])
      if (unknown.length > 0)
        throw invalidInput(unknown.map((name) => ({ path: 'body.resources', message: `there is no resource ${name}` })))
      refuseWithoutModel(deps, connection, resources ?? [])
      return reply.code(202).send({ data: await ask(deps, caller, connection, { mode: 'rederive', resources }) })
    },
  })
}

function refuseWithoutModel(deps: RouteDeps, { connector }: ConnectionRow, names: string[]): void {
  const { resources } = deps.registry.getConnector(connector).manifest
  const bare = resources.filter(({ name, model }) => names.includes(name) && !model)
  const message = 'has no unified model, so there are no rows to be made of it; leave it out'
  if (bare.length > 0)
    throw invalidInput(bare.map(({ name }) => ({ path: 'body.resources', message: `${name} ${message}` })))
}

async function ask(
  deps: RouteDeps,
  caller: Caller,
  connection: ConnectionRow,
  asked: { mode: SyncMode; resources: string[] | null },
): Promise<SyncRow> {
  const key = { org_id: caller.org_id, connection_id: connection.id }
  const sync = await inOrg(deps.db, caller, (tx) =>
    requestSync(tx, { ...key, ...asked, requested_by: caller.api_key_id }),
  )
  if (!sync) throw stoppedMeanwhile(connection)
  await tellTemporal(deps, 'wake a connection', () => wakeSync(deps.temporal, key))
  return sync
}
