/**
 * `npm run measure:temporal`: how long Temporal takes to do nothing, which is what each step of ours costs beside its work. On the
 * server of TEMPORAL_ADDRESS, or on a development server of its own, in memory, where that is not set.
 */
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import { launcherConfig } from '../config.ts'
import { cacheFolder } from '../stack/cache-folder.ts'
import { findTemporal } from '../stack/find-temporal.ts'
import { startTemporal } from '../stack/temporal.ts'
import { connectTemporal, type Temporal } from '../temporal/client.ts'
import type { inTurn } from './measure-temporal/in-turn.ts'

const WARM_UP = 5
const WORKFLOWS = 50
const ACTIVITIES = 200

Runtime.install({ logger: new DefaultLogger('ERROR') })
try {
  await measureServer()
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}

async function measureServer(): Promise<void> {
  const server = await findServer()
  try {
    await measure(server.address)
  } finally {
    await server.stop()
  }
}

async function findServer(): Promise<{ address: string; stop(): Promise<void> }> {
  const { PATH, XDG_CACHE_HOME, TEMPORAL_ADDRESS: address } = launcherConfig()
  const options = { path: PATH, cacheDir: cacheFolder(XDG_CACHE_HOME), say: console.log }
  const found = await findTemporal({ ...options, ...(address && { address }) })
  if ('binary' in found) return startTemporal({ binary: found.binary, headless: true })
  return { address: found.address, stop: () => Promise.resolve() }
}

async function measure(address: string): Promise<void> {
  const temporal = connectTemporal({ address, namespace: 'default' })
  if (!(await temporal.isReady()))
    throw new Error(`Nobody answers at ${address}; set TEMPORAL_ADDRESS to a server, or not at all`)
  const connection = await NativeConnection.connect({ address })
  const taskQueue = `measure-${randomUUID()}`
  const workflowsPath = fileURLToPath(new URL('./measure-temporal/in-turn.ts', import.meta.url))
  const activities = { nothing: () => Promise.resolve() }
  const worker = await Worker.create({ connection, taskQueue, workflowsPath, activities })
  await worker.runUntil(() => report((times) => timeOf(temporal, taskQueue, times)))
  await Promise.all([connection.close(), temporal.close()])
}

/** Milliseconds from the start of a workflow to its result. */
async function timeOf({ client }: Temporal, taskQueue: string, activities: number): Promise<number> {
  const start = performance.now()
  const options = { taskQueue, workflowId: `measure-${randomUUID()}`, args: [activities] as [number] }
  await client.workflow.execute<typeof inTurn>('inTurn', options)
  return performance.now() - start
}

async function report(run: (activities: number) => Promise<number>): Promise<void> {
  for (let time = 0; time < WARM_UP; time++) await run(1)
  const times: number[] = []
  while (times.length < WORKFLOWS) times.push(await run(1))
  times.sort((a, b) => a - b)
  const at = (share: number) => `${times[Math.ceil(share * WORKFLOWS) - 1]!.toFixed(1)} ms`
  console.log(`${WORKFLOWS} workflows of one activity, in turn: start to result median ${at(0.5)}, p95 ${at(0.95)}`)
  const perSecond = (ACTIVITIES * 1000) / (await run(ACTIVITIES))
  console.log(`${ACTIVITIES} activities of one workflow, in turn: ${perSecond.toFixed(0)} a second`)
}
