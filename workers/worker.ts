import { NativeConnection, Worker, type WorkflowBundleOption } from '@temporalio/worker'
import type { Logger } from 'pino'
import type { Retention } from '../activities/drop-changes.ts'
import { createActivities, type Activities } from '../activities/index.ts'
import type { Orchestrator } from '../activities/orchestrator.ts'
import type { EngineDeps } from '../engine/deps.ts'
import { TASK_QUEUES, type QueueName } from '../temporal/names.ts'
import { failureInterceptor } from './failures.ts'

export type Workers = {
  /** Ends when all have stopped; throws if one fails. */
  run(): Promise<void>
  shutdown(): void
}
type Options = {
  deps: EngineDeps
  orchestrator: Orchestrator
  retention: Retention
  address: string
  namespace: string
  queues: QueueName[]
  /** See workflow-bundle.ts. */
  bundle: WorkflowBundleOption
}

/** Activities at once, by queue: enough for the sources to be the bottleneck, not so many that one process starves. */
const AT_ONCE: Record<QueueName, number> = { orchestration: 20, pull: 8, drain: 8 }
const SHUTDOWN_GRACE = '3 seconds'

/** A worker for each queue, over one connection. */
export async function createWorkers(options: Options): Promise<Workers> {
  const connection = await NativeConnection.connect({ address: options.address })
  const activities = createActivities(options.deps, options.orchestrator, options.retention)
  const workers = await Promise.all(
    options.queues.map((queue) => createWorker(queue, { ...options, connection, activities })),
  )
  return {
    run: async () => {
      await Promise.all(workers.map((worker) => worker.run()))
      await connection.close()
    },
    shutdown: () => workers.filter((worker) => worker.getState() === 'RUNNING').forEach((worker) => worker.shutdown()),
  }
}

function createWorker(
  queue: QueueName,
  options: Options & { connection: NativeConnection; activities: Activities },
): Promise<Worker> {
  const log: Logger = options.deps.log
  return Worker.create({
    connection: options.connection,
    namespace: options.namespace,
    taskQueue: TASK_QUEUES[queue],
    activities: options.activities,
    // Workflows run on one queue alone; the others do nothing but their activities.
    ...(queue === 'orchestration' && { workflowBundle: options.bundle }),
    maxConcurrentActivityTaskExecutions: AT_ONCE[queue],
    maxHeartbeatThrottleInterval: '1 second',
    shutdownGraceTime: SHUTDOWN_GRACE,
    interceptors: {
      activity: [({ cancellationSignal: signal }) => ({ inbound: failureInterceptor({ log, signal }) })],
    },
    // A run that this code cannot replay fails, and the next one goes on from Postgres; else it would be stuck for ever.
    workflowFailureErrorTypes: { '*': ['NondeterminismError'] },
  })
}
