import type { Contender, Run } from '../contender.ts'
import { checkTruth, type Kept } from '../gate.ts'
import { measure, type Stage } from '../stage.ts'
import { RESOURCES } from './connect.ts'
import { startDeployment, type Deployment, type DeploymentOptions } from './deployment.ts'

/** A fresh deployment, and the first full sync of its one connection, as fast as the source answers. */
export const ours: Contender = { name: 'Tributary', run: (stage) => syncOnce(stage, { limited: false }) }

/** Within Stripe's rate limits. */
export const oursWithin: Contender = { name: 'Tributary', run: (stage) => syncOnce(stage, { limited: true }) }

function syncOnce(stage: Stage, options: { limited: boolean }): Promise<Run> {
  return withDeployment(stage, options, async (deployment) => {
    const run = await measureSync(stage, deployment, RESOURCES)
    return { ...run, wrong: await checkOurs(stage, deployment, RESOURCES) }
  })
}

/** A deployment over a fresh database, for as long as the work takes. */
export async function withDeployment<Result>(
  stage: Stage,
  options: Pick<DeploymentOptions, 'limited' | 'workers' | 'connections'>,
  work: (deployment: Deployment) => Promise<Result>,
): Promise<Result> {
  const database = await stage.postgres.create('ours')
  try {
    const deployment = await startDeployment({ ...stage, ...options, database })
    try {
      return await work(deployment)
    } finally {
      await deployment.stop()
    }
  } finally {
    await database.drop()
  }
}

export function measureSync(stage: Stage, deployment: Deployment, resources: string[]): Promise<Run> {
  const processes = { pids: deployment.workerPids, temporalPid: deployment.temporalPid }
  return measure(stage, processes, async () => {
    const reports = await deployment.sync(resources)
    const bad = reports.find(({ status }) => status !== 'succeeded')
    if (bad) throw new Error(`a sync has ended as ${bad.status}: ${bad.error_message ?? 'no reason is given'}`)
  })
}

/** Of each connection, since each has read all. */
export async function checkOurs(
  { sandbox }: Stage,
  { keys, adminUrl }: Deployment,
  resources: string[],
): Promise<string | undefined> {
  for (const { connection_id } of keys) {
    const wrong = await checkTruth(
      adminUrl,
      sandbox,
      resources.map((resource) => keptOf(connection_id, resource)),
    )
    if (wrong) return wrong
  }
  return undefined
}

const TABLES: Record<string, string> = { customer: 'customers', charge: 'payments' }

const keptOf = (connection_id: string, resource: string): Kept => {
  const rows = `where connection_id = '${connection_id}' and resource = '${resource}' and deleted_at is null`
  return {
    resource,
    query: `select raw_payload::text as object from entities ${rows}`,
    derived: `select count(*) from ${TABLES[resource]} ${rows}`,
  }
}
