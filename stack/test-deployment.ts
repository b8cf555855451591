import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { DefaultLogger, Runtime } from '@temporalio/worker'
import { inject } from 'vitest'
import { createTestApi, type TestApi } from '../api/test-api.ts'
import { connectTemporal, type Temporal } from '../temporal/client.ts'
import { registerSearchAttributes } from '../temporal/search-attributes.ts'
import { createOrchestrator } from '../workers/orchestrator.ts'
import { createWorkers } from '../workers/worker.ts'
import { workflowBundle } from '../workers/workflow-bundle.ts'
import { createTestDatabase, type TestDatabase } from './test-database.ts'

/** A whole deployment for one test file: a database and a Temporal namespace of its own, the API, and workers in this process. */
export type TestDeployment = {
  api: TestApi
  database: TestDatabase
  temporal: Temporal
  namespace: string
  /** Starts workers; gives what stops them. */
  startWorkers(): Promise<() => Promise<void>>
  /** Makes a connection over HTTP; gives its id. */
  connect(body: object): Promise<string>
  /** Asks for a sync and waits for its end; gives the report. */
  sync(connection_id: string, body?: object): Promise<SyncBody>
  /** Waits until all syncs of a connection have ended, those that follow by themselves included. */
  untilQuiet(connection_id: string): Promise<void>
  /** Waits for the end of a sync. */
  ended(sync_id: string): Promise<SyncBody>
  close(): Promise<void>
}
// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of many shapes
export type SyncBody = any

Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] })

const POLL_MS = 40
const GIVE_UP_MS = 60_000

export async function startTestDeployment(options: { workers?: boolean } = {}): Promise<TestDeployment> {
  const database = await createTestDatabase()
  const namespace = `test-${randomBytes(6).toString('hex')}`
  const address = inject('temporalAddress')
  const temporal = await createNamespace(address, namespace)
  const api = await createTestApi(database, address, { temporal })
  const stops: (() => Promise<void>)[] = []
  const startWorkers = async () => {
    const stop = await runWorkers(api, temporal, { address, namespace })
    stops.push(stop)
    return stop
  }
  if (options.workers !== false) await startWorkers()
  const ended = (sync_id: string) => waitForEnd(api, sync_id)
  const untilQuiet = async (connection_id: string) => {
    const { data } = await expectStatus(api.call('GET', `/v1/syncs?connection_id=${connection_id}&limit=200`), 200)
    const open = (data as SyncBody[]).find((sync) => !sync.finished_at)
    if (!open) return
    await ended(open.id)
    await untilQuiet(connection_id)
  }
  return {
    ...{ api, database, temporal, namespace, startWorkers, ended, untilQuiet },
    connect: async (body) => (await expectStatus(api.call('POST', '/v1/connections', { body }), 201)).data.id,
    sync: async (connection_id, body = {}) => {
      const { data } = await expectStatus(api.call('POST', `/v1/connections/${connection_id}/syncs`, { body }), 202)
      return ended(data.id)
    },
    close: async () => {
      await Promise.all(stops.map((stop) => stop()))
      await api.close()
      await database.drop()
    },
  }
}

async function createNamespace(address: string, namespace: string): Promise<Temporal> {
  const temporal = connectTemporal({ address, namespace })
  const day = 24 * 60 * 60
  await temporal.connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: day as never },
  })
  await registerSearchAttributes(temporal)
  return temporal
}

async function runWorkers(api: TestApi, temporal: Temporal, where: { address: string; namespace: string }) {
  const workers = await createWorkers({
    ...where,
    deps: api.deps,
    orchestrator: createOrchestrator(temporal),
    retention: { changesKeptDays: 30 },
    queues: ['orchestration', 'pull', 'drain'],
    bundle: await workflowBundle(inject('bundleDir')),
  })
  const running = workers.run()
  return async () => {
    workers.shutdown()
    await running
  }
}

async function waitForEnd(api: TestApi, sync_id: string): Promise<SyncBody> {
  for (const until = Date.now() + GIVE_UP_MS; ; await sleep(POLL_MS)) {
    const { data } = await expectStatus(api.call('GET', `/v1/syncs/${sync_id}`), 200)
    if (data.finished_at) return data
    if (Date.now() > until) throw new Error(`the sync has not ended: ${JSON.stringify(data)}`)
  }
}

async function expectStatus(answer: ReturnType<TestApi['call']>, status: number) {
  const { status: got, text, body } = await answer
  if (got !== status) throw new Error(`expected ${status}, got ${got}: ${text}`)
  return body
}
