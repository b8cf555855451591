import { randomUUID } from 'node:crypto'
import fastify, { LogController, type FastifyReply, type FastifyRequest } from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { cachedIntegrationFetch } from '../engine/execute-integration-fetch.ts'
import { requireKeys } from './auth.ts'
import type { ApiDeps, App, RouteDeps } from './deps.ts'
import { answerErrors, sendError } from './error-handler.ts'
import { acceptJsonOnly } from './json-body.ts'
import { observeRequests } from './metrics.ts'
import { describeApi } from './openapi.ts'
import { changeConsumerRoutes } from './routes/change-consumers.ts'
import { changesRoute } from './routes/changes.ts'
import { connectionSecretRoutes } from './routes/connection-secrets.ts'
import { connectionRoutes } from './routes/connections.ts'
import { connectorRoutes } from './routes/connectors.ts'
import { contentRoutes } from './routes/content.ts'
import { createConnectionRoute } from './routes/create-connection.ts'
import { entityRoutes } from './routes/entities.ts'
import { healthRoutes } from './routes/health.ts'
import { liveDataRoute } from './routes/live-data.ts'
import { pauseRoutes } from './routes/pause.ts'
import { quarantineRoutes } from './routes/quarantine.ts'
import { syncProgressRoute } from './routes/sync-progress.ts'
import { syncRoutes } from './routes/syncs.ts'
import { rereadRoutes } from './routes/reread.ts'
import { sweepRoutes } from './routes/sweeps.ts'
import { unifiedRoutes } from './routes/unified.ts'
import { createSchedules } from './schedules.ts'

const BODY_LIMIT = 1024 * 1024
/** For a file of a gigabyte over a slow line. */
const REQUEST_TIMEOUT_MS = 60 * 60_000
const JSON_BODY_TIMEOUT_MS = 30_000
/** Longer than a live read may take, and than the silence between two heartbeats of a progress stream. */
const CONNECTION_TIMEOUT_MS = 60_000

export type AppOptions = { processMetrics?: boolean }

/** The API over `deps`, not listening yet. Closing it ends its streams and timers; `deps` belong to the caller. */
export async function buildApp(deps: ApiDeps, options: AppOptions = {}): Promise<App> {
  const app = createApp(deps)
  const routeDeps = ownParts(app, deps)
  answerErrors(app)
  acceptJsonOnly(app, { timeoutMs: JSON_BODY_TIMEOUT_MS })
  app.addHook('onRequest', async (request, reply) => setHeaders(request, reply))
  observeRequests(app, { processMetrics: options.processMetrics ?? false })
  await describeApi(app)
  healthRoutes(app, deps)
  await app.register((v1: App) => addV1(v1, routeDeps), { prefix: '/v1' })
  return app
}

function setHeaders(request: FastifyRequest, reply: FastifyReply): void {
  reply.headers({ 'x-request-id': request.id, 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' })
}

function createApp({ log }: ApiDeps): App {
  const app = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    exposeHeadRoutes: false,
    // A path that is no URL is met before any hook.
    frameworkErrors: (error, request, reply) => {
      setHeaders(request, reply)
      void sendError(error, request, reply)
    },
  }).withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  return app as unknown as App
}

function ownParts(app: App, deps: ApiDeps): RouteDeps {
  const closing = new AbortController()
  const schedules = createSchedules(deps)
  // The store of Temporal may have been wiped while we were away.
  app.addHook('onListen', async () => schedules.followAll())
  app.addHook('preClose', async () => {
    closing.abort()
    await schedules.close()
  })
  // Else a client that keeps its connection would keep us from ending.
  app.addHook('onSend', async (_request, reply) => {
    if (closing.signal.aborted) reply.header('connection', 'close')
  })
  return { ...deps, schedules, fetchLive: cachedIntegrationFetch(deps), closing: closing.signal }
}

async function addV1(v1: App, deps: RouteDeps): Promise<void> {
  requireKeys(v1, deps)
  connectorRoutes(v1, deps)
  createConnectionRoute(v1, deps)
  connectionRoutes(v1, deps)
  connectionSecretRoutes(v1, deps)
  await v1.register((scope: App) => contentRoutes(scope, deps))
  pauseRoutes(v1, deps)
  liveDataRoute(v1, deps)
  syncRoutes(v1, deps)
  sweepRoutes(v1, deps)
  rereadRoutes(v1, deps)
  syncProgressRoute(v1, deps)
  unifiedRoutes(v1, deps)
  changesRoute(v1, deps)
  changeConsumerRoutes(v1, deps)
  entityRoutes(v1, deps)
  quarantineRoutes(v1, deps)
}
