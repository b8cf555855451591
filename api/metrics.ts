import { collectDefaultMetrics, Histogram, Registry } from 'prom-client'
import type { App } from './deps.ts'

/** `/metrics` for Prometheus, and a line in the log for each request. Both know routes, never what stands in their place. */
export function observeRequests(app: App, options: { processMetrics: boolean }): void {
  const registry = new Registry()
  if (options.processMetrics) collectDefaultMetrics({ register: registry })
  const durations = new Histogram({
    name: 'tributary_http_request_duration_seconds',
    help: 'From the first byte of a request to the last of its answer, by route',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  })
  app.addHook('onResponse', async (request, reply) => {
    const route = request.is404 ? 'unknown' : (request.routeOptions.url ?? 'unknown')
    const labels = { method: request.method, route, status: String(reply.statusCode) }
    durations.observe(labels, reply.elapsedTime / 1000)
    request.log.info({ ...labels, ms: Math.round(reply.elapsedTime) }, 'answered')
  })
  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  )
}
