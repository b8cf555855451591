import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { EngineDeps } from '../engine/deps.ts'
import type { cachedIntegrationFetch } from '../engine/execute-integration-fetch.ts'
import type { Temporal } from '../temporal/client.ts'
import type { Schedules } from './schedules.ts'

/** What the API works with; made once a process and handed down. */
export type ApiDeps = EngineDeps & {
  temporal: Temporal
  /** How much content a connection may be given in one request. */
  uploadMaxBytes: number
}
/** What it makes of that for its routes. `closing` is aborted when the process goes, so that open streams end. */
export type RouteDeps = ApiDeps & {
  schedules: Schedules
  fetchLive: ReturnType<typeof cachedIntegrationFetch>
  closing: AbortSignal
}
export type App = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>
