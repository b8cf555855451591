import { randomUUID } from 'node:crypto'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestDeployment, type TestDeployment } from '../stack/test-deployment.ts'
import { TASK_QUEUES } from '../temporal/names.ts'
import { createOrchestrator } from '../workers/orchestrator.ts'
import { sweepSyncs } from './sweep-syncs.ts'

let deployment: TestDeployment
let admin: postgres.Sql
beforeAll(async () => {
  deployment = await startTestDeployment({ workers: false })
  admin = postgres(deployment.database.adminUrl, { max: 1 })
})
afterAll(async () => {
  await admin.end()
  await deployment.temporal.close()
  await deployment.close()
})

const sweep = () => sweepSyncs(deployment.api.deps, createOrchestrator(deployment.temporal), { changesKeptDays: 30 })()

/** A run of which nothing was heard for two minutes, with a full pass whose workflow is not there. */
async function quietRun(workflow_id: string): Promise<string> {
  const { org_id } = deployment.api.org
  const app_key = `file-${workflow_id}`
  const connection_id = await deployment.connect({ connector: 'csv', name: app_key, app_key })
  const [sync_id, ago] = [randomUUID(), new Date(Date.now() - 120_000)]
  const asked = { mode: 'full', trigger: 'api', requested_by: 'test', workflow_id, requested_at: ago, started_at: ago }
  await admin`insert into syncs ${admin({ org_id, connection_id, id: sync_id, status: 'running', ...asked })}`
  const report = { scan: 'full', status: 'running', generation: 1, started_at: ago, updated_at: ago }
  await admin`insert into sync_resources ${admin({ org_id, sync_id, resource: 'row', ...report })}`
  return sync_id
}

test('a pass is lost only when the run that has yet to start it is gone as well', async () => {
  const workflowId = `run-${randomUUID()}`
  const id = await quietRun(workflowId)
  const run = await deployment.temporal.client.workflow.start('syncConnection', {
    workflowId,
    taskQueue: TASK_QUEUES.orchestration,
  })
  expect(await sweep()).toMatchObject({ closed: 0 })
  await run.terminate('the test says so')
  expect(await sweep()).toMatchObject({ closed: 1 })
  expect(await deployment.ended(id)).toMatchObject({ status: 'failed', error_code: 'interrupted' })
})
