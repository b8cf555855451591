import { z } from 'zod'
import { models, type Model } from '@tributary/sdk/models'
import { inOrg } from '../../db/tenancy.ts'
import { findUnified, listUnified, type UnifiedRow } from '../../db/unified.ts'
import { callerOf } from '../auth.ts'
import { cursorOf, pageOf } from '../cursor.ts'
import type { ApiDeps, App } from '../deps.ts'
import { ApiError } from '../errors.ts'
import { dataText, listText, sendJson, withJsonText } from '../raw-json.ts'
import { addRoute } from '../route.ts'
import { isUuid } from '../schemas/connection.ts'
import { data, page } from '../schemas/envelope.ts'
import { filtersOf, include, titleOf, unifiedOutput, unifiedQuery } from '../schemas/unified.ts'

const tags: [string] = ['unified models']

/** One pair of routes for each model, from its definition. */
export function unifiedRoutes(app: App, deps: ApiDeps): void {
  for (const model of Object.values(models)) {
    const output = unifiedOutput(model)
    listRoute(app, deps, model, output)
    getRoute(app, deps, model, output)
  }
}

function listRoute(app: App, deps: ApiDeps, model: Model, output: z.ZodType): void {
  const cursors = cursorOf(model.table, z.uuid())
  const filters = [...Object.keys(filtersOf(model)), 'connection_id', 'source_id']
  addRoute(app, {
    method: 'GET',
    url: `/${model.table}`,
    access: 'read',
    schema: { summary: `List ${model.table}`, tags, querystring: unifiedQuery(model), response: { 200: page(output) } },
    handler: async (request, reply) => {
      const { limit, cursor, synced_after, include_deleted, include: with_, ...given } = request.query
      const query = {
        org_id: callerOf(request).org_id,
        where: pick(given, filters),
        synced_after,
        include_deleted,
        include_raw: with_ === 'raw',
        limit: limit + 1,
        after: cursors.decode(cursor),
      }
      const rows = await inOrg(deps.db, callerOf(request), (tx) => listUnified(tx, model, query))
      const { data: shown, page } = pageOf(rows, limit, (row) => row.unified_id, cursors)
      return sendJson(reply, listText({ data: shown.map(rowText), page }))
    },
  })
}

function getRoute(app: App, deps: ApiDeps, model: Model, output: z.ZodType): void {
  addRoute(app, {
    method: 'GET',
    url: `/${model.table}/:unified_id`,
    access: 'read',
    schema: {
      summary: `Get one of ${model.table}, deleted or not`,
      tags,
      params: z.object({ unified_id: z.string() }),
      querystring: z.strictObject({ include }),
      response: { 200: data(output) },
    },
    handler: async (request, reply) => {
      const { unified_id } = request.params
      const key = { org_id: callerOf(request).org_id, unified_id, include_raw: request.query.include === 'raw' }
      const row = isUuid(unified_id) && (await inOrg(deps.db, callerOf(request), (tx) => findUnified(tx, model, key)))
      if (!row) throw new ApiError('not_found', `${titleOf(model)} ${unified_id} does not exist`)
      return sendJson(reply, dataText(rowText(row)))
    },
  })
}

const rowText = ({ raw, ...row }: UnifiedRow): string =>
  raw === undefined ? JSON.stringify(row) : withJsonText(row, 'raw', raw)

/** The filters that were given, out of a query that the schema has checked. */
const pick = (given: Record<string, unknown>, names: string[]) =>
  Object.fromEntries(
    Object.entries(given).filter(([name, value]) => names.includes(name) && value !== undefined),
  ) as Record<string, string | number | boolean>
