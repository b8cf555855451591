import { z } from 'zod'
import { deleteConsumer, listConsumers, putConsumer } from '../../db/change-consumers.ts'
import { findFeedEnds } from '../../db/changes.ts'
import { inOrg } from '../../db/tenancy.ts'
import { callerOf } from '../auth.ts'
import { consumerNotFound, requireHeld } from '../change-cursor.ts'
import { cursorOf, pageOf } from '../cursor.ts'
import type { App, RouteDeps } from '../deps.ts'
import { ApiError } from '../errors.ts'
import { addRoute } from '../route.ts'
import { consumerInput, consumerOutput, consumerParams } from '../schemas/change.ts'
import { data, page, paging } from '../schemas/envelope.ts'

const tags: [string] = ['changes']
const cursors = cursorOf('change-consumers', z.string())

export function changeConsumerRoutes(app: App, deps: RouteDeps): void {
  listRoute(app, deps)
  putRoute(app, deps)
  deleteRoute(app, deps)
}

function listRoute(app: App, deps: RouteDeps): void {
  addRoute(app, {
    method: 'GET',
    url: '/change-consumers',
    access: 'read',
    schema: {
      summary: 'List who follows the changes, and where each stands',
      tags,
      querystring: z.strictObject(paging),
      response: { 200: page(consumerOutput) },
    },
    handler: async (request) => {
      const { limit, cursor } = request.query
      const caller = callerOf(request)
      const query = { org_id: caller.org_id, limit: limit + 1, after: cursors.decode(cursor) }
      const rows = await inOrg(deps.db, caller, (tx) => listConsumers(tx, query))
      return pageOf(rows, limit, (row) => row.name, cursors)
    },
  })
}

function putRoute(app: App, deps: RouteDeps): void {
  addRoute(app, {
    method: 'PUT',
    url: '/change-consumers/:name',
    access: 'write',
    schema: {
      summary: 'Keep how far a consumer has come; a name that is new makes one',
      tags,
      params: consumerParams,
      body: consumerInput,
      response: { 200: data(consumerOutput) },
    },
    handler: async (request) => {
      const { name } = request.params
      const caller = callerOf(request)
      const consumer = await inOrg(deps.db, caller, async (tx) => {
        requireHeld(request.body.cursor, await findFeedEnds(tx, caller.org_id))
        return putConsumer(tx, { org_id: caller.org_id, name }, request.body)
      })
      if (!consumer) throw new ApiError('consumer_is_ahead', `The consumer ${name} has come further than that already`)
      return { data: consumer }
    },
  })
}

function deleteRoute(app: App, deps: RouteDeps): void {
  addRoute(app, {
    method: 'DELETE',
    url: '/change-consumers/:name',
    access: 'write',
    schema: {
      summary: 'Forget a consumer; the changes stay',
      tags,
      params: consumerParams,
      response: { 204: z.undefined().describe('It is forgotten') },
    },
    handler: async (request, reply) => {
      const { name } = request.params
      const caller = callerOf(request)
      const deleted = await inOrg(deps.db, caller, (tx) => deleteConsumer(tx, { org_id: caller.org_id, name }))
      if (!deleted) throw consumerNotFound(name)
      return reply.code(204).send()
    },
  })
}
