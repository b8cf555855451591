import { z } from 'zod'
import { decideSweep } from '../../engine/decide-sweep.ts'
import { callerOf } from '../auth.ts'
import type { App, RouteDeps } from '../deps.ts'
import { ApiError } from '../errors.ts'
import { requireSync } from '../find-sync.ts'
import { addRoute } from '../route.ts'
import { data } from '../schemas/envelope.ts'
import { syncParams } from '../schemas/sync.ts'

export function sweepRoutes(app: App, deps: RouteDeps): void {
  addRoute(app, {
    method: 'POST',
    url: '/syncs/:sync_id/sweeps/:resource',
    access: 'write',
    schema: {
      summary: 'Decide a sweep that was stopped, since more rows were missing than can be believed',
      tags: ['syncs'],
      params: syncParams.extend({ resource: z.string() }),
      body: z.strictObject({
        decision: z
          .enum(['confirm', 'refuse'])
          .describe('confirm: they are gone, mark them as deleted; refuse: they are there, keep them'),
      }),
      response: { 200: data(z.object({ deleted: z.number().int() })) },
    },
    handler: async (request) => {
      const { sync_id, resource } = request.params
      const caller = callerOf(request)
      const sync = await requireSync(deps, caller, sync_id)
      const decided = await decideSweep(deps, caller, { sync, resource, decision: request.body.decision })
      if (!decided) throw new ApiError('sweep_not_open', `No sweep of ${resource} waits for a decision in this sync`)
      return { data: decided }
    },
  })
}
