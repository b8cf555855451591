import { setTimeout as sleep } from 'node:timers/promises'
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { SyncReport } from '../../db/syncs.ts'
import { callerOf, type Caller } from '../auth.ts'
import type { App, RouteDeps } from '../deps.ts'
import { envelopeOf, toAnswer } from '../error-handler.ts'
import { requireSync } from '../find-sync.ts'
import { addRoute } from '../route.ts'
import { syncParams, syncReport } from '../schemas/sync.ts'

const POLL_MS = 250
const HEARTBEAT_MS = 15_000
/** A comment, which every client skips: without it, proxies would take a quiet stream for a dead one. */
const HEARTBEAT = ': still here\n\n'
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
      const leaving = new AbortController()
      reply.raw.once('close', () => leaving.abort())
      const signal = AbortSignal.any([leaving.signal, deps.closing])
      const events = progress(deps, { caller, first, request, signal })
      return sendStream(reply, Readable.from(events))
    },
  })
}

/** The connection ends with the stream, so that no idle one holds up the end of the process. */
const sendStream = (reply: FastifyReply, stream: Readable): FastifyReply =>
  reply.type('text/event-stream').header('connection', 'close').send(stream)

type Watch = { caller: Caller; first: SyncReport; request: FastifyRequest; signal: AbortSignal }

async function* progress(deps: RouteDeps, { caller, first, request, signal }: Watch): AsyncGenerator<string> {
  let shown = ''
  let saidAt = Date.now()
  try {
    for (let report = first; !signal.aborted; report = await requireSync(deps, caller, first.id)) {
      const text = JSON.stringify(syncReport.parse(report))
      const isQuiet = Date.now() - saidAt >= HEARTBEAT_MS
      if (text !== shown || isQuiet) {
        yield text === shown ? HEARTBEAT : event('progress', text)
        saidAt = Date.now()
      }
      shown = text
      if (!RUNNING.includes(report.status)) return void (yield event('done', text))
      await sleep(POLL_MS, undefined, { signal }).catch(() => {})
    }
  } catch (error) {
    // The status line is sent already, so the failure is an event of its own.
    yield event('error', JSON.stringify(envelopeOf(toAnswer(error, request), request.id)))
  }
}

const event = (name: string, json: string): string => `event: ${name}\ndata: ${json}\n\n`
