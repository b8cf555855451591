import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { childEnvironment, launcherConfig } from '../../config.ts'
import { loadRegistry } from '../../connectors/registry.ts'
import { createClient, type Database } from '../../db/client.ts'
import type { ConnectionKey } from '../../db/connections.ts'
import { findSync, requestSync, type SyncReport } from '../../db/syncs.ts'
import { asWorker, inOrg } from '../../db/tenancy.ts'
import { cacheFolder } from '../../stack/cache-folder.ts'
import { makeEncryptionKey } from '../../stack/demo/keep.ts'
import { createStopper, type Stopper } from '../../stack/demo/stopper.ts'
import { findTemporalBinary } from '../../stack/find-temporal.ts'
import { freePort } from '../../stack/free-port.ts'
import { startTemporal, type RunningTemporal } from '../../stack/temporal.ts'
import { connectTemporal, type Temporal } from '../../temporal/client.ts'
import { SEARCH_ATTRIBUTES } from '../../temporal/names.ts'
import { putSchedule, wakeSync } from '../../temporal/schedules.ts'
import { registerSearchAttributes } from '../../temporal/search-attributes.ts'
import type { BenchDatabase } from '../stand/postgres.ts'
import type { BenchSandbox } from '../stand/sandbox.ts'
import { watchTypeScript, type Watched } from '../stand/watched.ts'
import { connectAll } from './connect.ts'

export type DeploymentOptions = {
  dir: string
  database: BenchDatabase
  sandbox: BenchSandbox
  workers?: number
  connections?: number
  /** Whether Stripe's rate limits hold, by which a resource is read at 2,500 objects/s and no faster. */
  limited?: boolean
}

/** All of our stack but the API, on which a sync does not call: Temporal's server, workers, schedules. */
export type Deployment = {
  temporalPid: number
  workerPids: number[]
  keys: ConnectionKey[]
  /** Of the superuser. */
  adminUrl: string
  /** Asks every connection for a full pass over these resources, as the API would, and waits for the end of all. */
  sync(resources: string[]): Promise<SyncReport[]>
  /** Events in the histories of the workflows that have read so far, the longest first. */
  historyLengths(): Promise<number[]>
  stop(): Promise<void>
}

const READY_MS = 60_000
const GIVE_UP_MS = 600_000
const POLL_MS = 20

export async function startDeployment(options: DeploymentOptions): Promise<Deployment> {
  const stopper = createStopper()
  try {
    return await start(options, stopper)
  } catch (error) {
    await stopper.stopAll()
    throw error
  }
}

async function start(options: DeploymentOptions, stopper: Stopper): Promise<Deployment> {
  const { database, sandbox, limited = false } = options
  const server = await startServer(options.dir, stopper)
  const temporal = connectTemporal({ address: server.address, namespace: 'default' })
  stopper.add(() => temporal.close())
  await registerSearchAttributes(temporal)
  const { db, close } = createClient(database.appUrl, { max: 4, name: 'bench' })
  stopper.add(close)
  const encryptionKey = await makeEncryptionKey()
  const registry = await loadRegistry()
  const connecting = { db, adminUrl: database.adminUrl, registry, sandbox, encryptionKey, limited }
  const keys = await connectAll(connecting, options.connections ?? 1)
  for (const key of keys) await putSchedule(temporal, scheduleOf(key))
  const workerPids = await startWorkers(options, { server, encryptionKey }, stopper)
  return {
    temporalPid: server.pid,
    workerPids,
    keys,
    adminUrl: database.adminUrl,
    sync: (resources) => Promise.all(keys.map((key) => syncOne(db, temporal, key, resources))),
    historyLengths: () => readHistoryLengths(temporal),
    stop: () => stopper.stopAll(),
  }
}

/** With its data in a file, as `npm start` has them. */
async function startServer(dir: string, stopper: Stopper): Promise<RunningTemporal> {
  const { PATH, XDG_CACHE_HOME } = launcherConfig()
  const binary = await findTemporalBinary({ path: PATH, cacheDir: cacheFolder(XDG_CACHE_HOME), say: () => {} })
  const dbFile = join(dir, `temporal-${process.hrtime.bigint()}.db`)
  const server = await startTemporal({ binary, dbFile, headless: true, searchAttributes: SEARCH_ATTRIBUTES })
  stopper.add(() => server.stop())
  return server
}

const scheduleOf = (key: ConnectionKey) => ({
  ...key,
  connector: 'stripe',
  name: 'bench',
  schedule_seconds: null,
  paused: false,
})

type Running = { server: RunningTemporal; encryptionKey: string }

async function startWorkers(options: DeploymentOptions, running: Running, stopper: Stopper): Promise<number[]> {
  const workers: Watched[] = []
  for (let n = 0; n < (options.workers ?? 1); n++) {
    const worker = await startWorker(options, running)
    stopper.add(() => worker.stop('SIGTERM', 4000))
    // One after the other, so that the workflows are bundled once.
    await worker.line('{"level":30', READY_MS)
    workers.push(worker)
  }
  return workers.map((worker) => worker.pid)
}

async function startWorker({ database, dir }: DeploymentOptions, { server, encryptionKey }: Running): Promise<Watched> {
  const env = childEnvironment({
    DATABASE_URL: database.appUrl,
    TEMPORAL_ADDRESS: server.address,
    INTEGRATION_ENCRYPTION_KEY: encryptionKey,
    ALLOW_PRIVATE_TARGETS: 'true',
    WORKFLOW_BUNDLE_DIR: join(dir, 'bundle'),
    METRICS_PORT: String(await freePort()),
    LOG_LEVEL: 'info',
  })
  return watchTypeScript(join(import.meta.dirname, '../../workers/main.ts'), { env })
}

async function syncOne(db: Database, temporal: Temporal, key: ConnectionKey, resources: string[]): Promise<SyncReport> {
  const tenant = asWorker(key.org_id)
  const asked = { ...key, mode: 'full', resources, requested_by: 'bench' } as const
  const sync_id = (await inOrg(db, tenant, (tx) => requestSync(tx, asked)))!.id
  await wakeSync(temporal, key)
  for (const until = Date.now() + GIVE_UP_MS; Date.now() < until; await sleep(POLL_MS)) {
    const report = await inOrg(db, tenant, (tx) => findSync(tx, { org_id: key.org_id, sync_id }))
    if (report?.finished_at) return report
  }
  throw new Error(`a sync has not ended within ${GIVE_UP_MS / 1000} s`)
}

async function readHistoryLengths(temporal: Temporal): Promise<number[]> {
  const lengths: number[] = []
  for await (const { historyLength } of temporal.client.workflow.list({ query: "WorkflowType = 'backfillResource'" }))
    lengths.push(historyLength ?? 0)
  return lengths.sort((a, b) => b - a)
}
