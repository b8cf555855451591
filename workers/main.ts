import closeWithGrace from 'close-with-grace'
import { Runtime } from '@temporalio/worker'
import { pino, type Logger } from 'pino'
import { workerConfig } from '../config.ts'
import { loadRegistry } from '../connectors/registry.ts'
import { createClient } from '../db/client.ts'
import { reasonOf } from '../db/failures.ts'
import { checkServingRole } from '../db/serving-role.ts'
import { checkKeyring } from '../engine/canary.ts'
import { createEngineDeps } from '../engine/create-deps.ts'
import { connectTemporal } from '../temporal/client.ts'
import { registerSearchAttributes } from '../temporal/search-attributes.ts'
import { ensureSweeper } from '../temporal/sweeper.ts'
import { createOrchestrator } from './orchestrator.ts'
import { temporalLogger } from './temporal-log.ts'
import { createWorkers } from './worker.ts'
import { workflowBundle } from './workflow-bundle.ts'

const CLOSE_WITHIN_MS = 10_000

try {
  await serve()
} catch (error) {
  process.stderr.write(`The worker does not start. ${reasonOf(error)}\n`)
  process.exit(1)
}

/** Takes no work before the database, the keys and the connectors are known to be right. */
async function serve(): Promise<void> {
  const config = workerConfig()
  const log = pino({ level: config.LOG_LEVEL, name: 'worker' })
  installRuntime(config, log)
  const client = createClient(config.DATABASE_URL, { max: config.DATABASE_POOL_SIZE, name: 'tributary worker' })
  const deps = createEngineDeps({
    db: client.db,
    registry: await loadRegistry(),
    encryptionKey: config.INTEGRATION_ENCRYPTION_KEY,
    allowPrivateTargets: config.ALLOW_PRIVATE_TARGETS,
    log,
  })
  await checkServingRole(client.db)
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
  closeWithGrace({ delay: CLOSE_WITHIN_MS, logger: false }, async ({ err }) => {
    if (err) log.error({ error: err.name }, 'the worker ends after an error')
    workers.shutdown()
    await running
    await temporal.close()
    await deps.outbound.close()
    await client.close()
  })
  log.info({ queues: config.WORKER_QUEUES }, 'the worker is ready')
}

/** The signals are ours: Temporal's own handlers would end the workers before their connections are closed. */
function installRuntime(config: ReturnType<typeof workerConfig>, log: Logger): void {
  const bindAddress = `${config.METRICS_HOST}:${config.METRICS_PORT}`
  Runtime.install({
    shutdownSignals: [],
    logger: temporalLogger(log),
    telemetryOptions: { metrics: { prometheus: { bindAddress } } },
  })
}
