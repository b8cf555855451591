import { join } from 'node:path'
import postgres from 'postgres'
import { childEnvironment, launcherConfig } from '../../config.ts'
import { connectorSql } from '../../connectors/assemble-migrations.ts'
import { loadRegistry } from '../../connectors/registry.ts'
import { migrate } from '../../db/migrate.ts'
import { SEARCH_ATTRIBUTES } from '../../temporal/names.ts'
import { cacheFolder } from '../cache-folder.ts'
import { findTemporal } from '../find-temporal.ts'
import { freePort } from '../free-port.ts'
import { startPostgres } from '../postgres.ts'
import { databaseUrl } from '../test-database.ts'
import { startTemporal } from '../temporal.ts'
import { spawnTypeScript, type TiedProcess } from '../tied-process.ts'
import type { Stopper } from './stopper.ts'

export type Say = (line: string) => void
export type Servers = { adminUrl: string; appUrl: string; temporalAddress: string; temporalUi: string | undefined }

const DATABASE = 'tributary'
const PORTS = { postgres: 5440, temporal: 7233, temporalUi: 8233, api: 3000, metrics: 9464 }
const STOP_MS = 2000

/** Postgres with the newest schema, and Temporal: side by side, since each takes its time. */
export async function startServers(dir: string, stopper: Stopper, say: Say): Promise<Servers> {
  const [database, temporal] = await Promise.all([
    startDatabase(dir, stopper, say),
    findAndStartTemporal(dir, stopper, say),
  ])
  return { ...database, ...temporal }
}

async function startDatabase(dir: string, stopper: Stopper, say: Say) {
  const server = await startPostgres({ dir: join(dir, 'postgres'), profile: 'demo', port: PORTS.postgres, say })
  stopper.add(() => server.stop())
  await createDatabase(server.url)
  const adminUrl = databaseUrl(server.url, DATABASE)
  const appUrl = databaseUrl(server.url, DATABASE, 'tributary_app')
  await migrate({ adminUrl, appUrl, connectorSql: await connectorSql(await loadRegistry()) })
  say(`Postgres: ready on port ${server.port}`)
  return { adminUrl, appUrl }
}

async function createDatabase(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  const found = await sql`select from pg_database where datname = ${DATABASE}`
  if (found.length === 0) await sql`create database ${sql(DATABASE)}`
  await sql.end()
}

async function findAndStartTemporal(dir: string, stopper: Stopper, say: Say) {
  const { PATH, XDG_CACHE_HOME, TEMPORAL_ADDRESS } = launcherConfig()
  const address = TEMPORAL_ADDRESS ? { address: TEMPORAL_ADDRESS } : {}
  const found = await findTemporal({ path: PATH, cacheDir: cacheFolder(XDG_CACHE_HOME), say, ...address })
  if ('address' in found) return { temporalAddress: found.address, temporalUi: undefined }
  const server = await startTemporal({
    binary: found.binary,
    dbFile: join(dir, 'temporal.db'),
    port: PORTS.temporal,
    uiPort: PORTS.temporalUi,
    searchAttributes: SEARCH_ATTRIBUTES,
  })
  stopper.add(() => server.stop())
  say(`Temporal: ready at ${server.address}`)
  return { temporalAddress: server.address, temporalUi: server.uiUrl }
}

/** API and worker as they are deployed: processes of their own, which know nothing of the demo. */
export async function startServices(
  options: { dir: string; servers: Servers; encryptionKey: string; onDeath: (what: string) => void },
  stopper: Stopper,
): Promise<{ apiUrl: string }> {
  const port = await freePort(PORTS.api)
  const env = childEnvironment({
    DATABASE_URL: options.servers.appUrl,
    TEMPORAL_ADDRESS: options.servers.temporalAddress,
    INTEGRATION_ENCRYPTION_KEY: options.encryptionKey,
    ALLOW_PRIVATE_TARGETS: 'true',
    WORKFLOW_BUNDLE_DIR: join(options.dir, 'cache'),
    HOST: '127.0.0.1',
    PORT: String(port),
    METRICS_PORT: String(await freePort(PORTS.metrics)),
    LOG_LEVEL: 'warn',
  })
  const start = (name: string, file: string) => {
    const child = spawnTypeScript(join(import.meta.dirname, '../..', file), { env })
    let stopping = false
    void child.exited.then((how) => stopping || options.onDeath(deathOf(name, how, child)))
    stopper.add(() => ((stopping = true), child.stop('SIGTERM', STOP_MS)))
  }
  start('worker', 'workers/main.ts')
  start('API', 'api/main.ts')
  const apiUrl = `http://127.0.0.1:${port}`
  return { apiUrl }
}

const deathOf = (name: string, how: string, child: TiedProcess) =>
  [`The ${name} has ended (${how}). Its last lines:`, ...child.lastLines()].join('\n  ')
