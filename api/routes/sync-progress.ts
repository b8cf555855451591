import { setTimeout as sleep } from 'node:timers/promises'
import { Readable } from 'node:stream'
import type { SyncReport } from '../../db/syncs.ts'
import { callerOf, type Caller } from '../auth.ts'
import type { App, RouteDeps } from '../deps.ts'
import { envelopeOf, toApiError } from '../error-handler.ts'
import { requireSync } from '../find-sync.ts'
import { addRoute } from '../route.ts'
import { syncParams, syncReport } from '../schemas/sync.ts'
import { z } from 'zod'

const POLL_MS = 250
const HEARTBEAT_MS = 15_000
const RUNNING: SyncReport['status'][] = ['queued', 'running']

export function syncProgressRoute(app: App, deps: RouteDeps): void {
  addRoute(app, {
    method: 'GET',
    url: '/syncs/:sync_id/progress',
    access: 'read',
    schema: {
      summary: 'Follow a sync by server-sent events: `progress` with its report when that changed, `done` at its end',
      tags: ['syncs'],
      params: syncParams,
      response: {
        200: { description: 'A stream of events', content: { 'text/event-stream': { schema: z.string() } } },
      },
    },
    handler: async (request, reply) => {
      const caller = callerOf(request)
      const first = await requireSync(deps, caller, request.params.sync_id)
      const events = progress(deps, { caller, first, request_id: request.id })
      // When the client leaves, Fastify destroys the stream, which ends the generator at its next step.
      return reply.type('text/event-stream').send(Readable.from(events) as never)
    },
  })
}

type Watch = { caller: Caller; first: SyncReport; request_id: string }

async function* progress(deps: RouteDeps, { caller, first, request_id }: Watch): AsyncGenerator<string> {
  let shown = ''
  let saidAt = Date.now()
  try {
    for (let report = first; !deps.closing.aborted; report = await requireSync(deps, caller, first.id)) {
      const text = JSON.stringify(syncReport.parse(report))
      if (text !== shown) yield event('progress', text)
      else if (Date.now() - saidAt >= HEARTBEAT_MS) yield ': still here\n\n'
      if (text !== shown || Date.now() - saidAt >= HEARTBEAT_MS) saidAt = Date.now()
      shown = text
      if (!RUNNING.includes(report.status)) return void (yield event('done', text))
      await sleep(POLL_MS, undefined, { signal: deps.closing }).catch(() => {})
    }
  } catch (error) {
    // The status line is sent already, so the failure is an event of its own.
    yield event('error', JSON.stringify(envelopeOf(toApiError(error), request_id)))
  }
}

const event = (name: string, json: string): string => `event: ${name}\ndata: ${json}\n\n`
