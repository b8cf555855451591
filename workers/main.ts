import closeWithGrace from 'close-with-grace'
import { Runtime } from '@temporalio/worker'
import { pino } from 'pino'
import { workerConfig } from '../config.ts'
import { loadRegistry } from '../connectors/registry.ts'
import { createClient } from '../db/client.ts'
import { checkKeyring } from '../engine/canary.ts'
import { createEngineDeps } from '../engine/create-deps.ts'
import { connectTemporal } from '../temporal/client.ts'
import { registerSearchAttributes } from '../temporal/search-attributes.ts'
import { ensureSweeper } from '../temporal/sweeper.ts'
import { createOrchestrator } from './orchestrator.ts'
import { temporalLogger } from './temporal-log.ts'
import { createWorkers } from './worker.ts'
import { workflowBundle } from './workflow-bundle.ts'

const config = workerConfig()
const log = pino({ level: config.LOG_LEVEL, name: 'worker' })
// The signals are ours: Temporal's own handlers would end the workers before their connections are closed.
Runtime.install({
  shutdownSignals: [],
  logger: temporalLogger(log),
  telemetryOptions: { metrics: { prometheus: { bindAddress: `${config.METRICS_HOST}:${config.METRICS_PORT}` } } },
})
const client = createClient(config.DATABASE_URL, { max: config.DATABASE_POOL_SIZE, name: 'tributary worker' })
const deps = createEngineDeps({
  db: client.db,
  registry: await loadRegistry(),
  encryptionKey: config.INTEGRATION_ENCRYPTION_KEY,
  allowPrivateTargets: config.ALLOW_PRIVATE_TARGETS,
  log,
})
await checkKeyring(client.db, deps.keyring)
const temporal = connectTemporal({ address: config.TEMPORAL_ADDRESS, namespace: config.TEMPORAL_NAMESPACE })
await registerSearchAttributes(temporal)
await ensureSweeper(temporal)
const workers = await createWorkers({
  deps,
  orchestrator: createOrchestrator(temporal),
  retention: { changesKeptDays: config.CHANGES_KEPT_DAYS },
  address: config.TEMPORAL_ADDRESS,
  namespace: config.TEMPORAL_NAMESPACE,
  queues: config.WORKER_QUEUES,
  bundle: await workflowBundle(config.WORKFLOW_BUNDLE_DIR),
})
const running = workers.run()
closeWithGrace({ delay: 10_000, logger: false }, async ({ err }) => {
  if (err) log.error({ error: err.name }, 'the worker ends after an error')
  workers.shutdown()
  await running
  await temporal.close()
  await deps.outbound.close()
  await client.close()
})
log.info({ queues: config.WORKER_QUEUES }, 'the worker is ready')
await running
