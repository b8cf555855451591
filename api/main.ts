import closeWithGrace from 'close-with-grace'
import { apiConfig } from '../config.ts'
import { loadRegistry } from '../connectors/registry.ts'
import { createClient } from '../db/client.ts'
import { saveConnectors } from '../db/connectors.ts'
import { reasonOf } from '../db/failures.ts'
import { checkServingRole } from '../db/serving-role.ts'
import { checkKeyring } from '../engine/canary.ts'
import { createEngineDeps } from '../engine/create-deps.ts'
import { connectTemporal } from '../temporal/client.ts'
import { buildApp } from './app.ts'
import { createLog } from './log.ts'
import { toConnectorRow } from './schemas/connector.ts'

const CLOSE_WITHIN_MS = 4000

try {
  await serve()
} catch (error) {
  process.stderr.write(`The API does not start. ${reasonOf(error)}\n`)
  process.exit(1)
}

/** Refuses to listen before the database, the keys and the connectors are known to be right. */
async function serve(): Promise<void> {
  const config = apiConfig()
  const log = createLog(config.LOG_LEVEL)
  const client = createClient(config.DATABASE_URL, { max: config.DATABASE_POOL_SIZE, name: 'tributary api' })
  const { db } = client
  const registry = await loadRegistry()
  const engine = createEngineDeps({
    db,
    registry,
    encryptionKey: config.INTEGRATION_ENCRYPTION_KEY,
    allowPrivateTargets: config.ALLOW_PRIVATE_TARGETS,
    log,
  })
  await checkServingRole(db)
  await checkKeyring(db, engine.keyring)
  await saveConnectors(db, registry.all().map(toConnectorRow))

  const temporal = connectTemporal({ address: config.TEMPORAL_ADDRESS, namespace: config.TEMPORAL_NAMESPACE })
  const deps = { ...engine, temporal, uploadMaxBytes: config.UPLOAD_MAX_BYTES }
  const app = await buildApp(deps, { processMetrics: true })
  closeWithGrace({ delay: CLOSE_WITHIN_MS, logger: false }, async ({ err }) => {
    if (err) log.error({ err }, 'the process ends, since nobody expected this')
    await app.close()
    await Promise.all([temporal.close(), engine.outbound.close()])
    await client.close()
  })
  await app.listen({ host: config.HOST, port: config.PORT })
}
