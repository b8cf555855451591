import { randomUUID } from 'node:crypto'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { startTestDeployment, type TestDeployment } from '../stack/test-deployment.ts'
import { connectTemporal } from '../temporal/client.ts'
import { createOrchestrator } from '../workers/orchestrator.ts'
import { createActivities } from './index.ts'

let deployment: TestDeployment
let sql: postgres.Sql
beforeAll(async () => {
  deployment = await startTestDeployment({ workers: false })
  sql = postgres(deployment.database.adminUrl, { max: 1 })
})
afterAll(async () => {
  await sql.end()
  await deployment.close()
})

/** A connection with a sync that has waited for so many seconds. */
async function queue(seconds: number): Promise<string> {
  const app_key = `csv-${randomUUID().slice(0, 8)}`
  const id = await deployment.connect({ connector: 'csv', name: 'Customers', app_key, content: 'id\n1\n' })
  const { body } = await deployment.api.call('POST', `/v1/connections/${id}/syncs`)
  await sql`update syncs set requested_at = now() - make_interval(secs => ${seconds}) where id = ${body.data.id}`
  return id
}

/** One sweep, in which Temporal is away for one connection; gives what came of it, and whom it has tried to wake. */
async function sweep(unlucky: string) {
  const tried: string[] = []
  const away = connectTemporal({ address: inject('temporalAddress'), namespace: deployment.namespace })
  await away.close()
  const [here, gone] = [createOrchestrator(deployment.temporal), createOrchestrator(away)]
  const wakeSync: typeof here.wakeSync = (key) => {
    tried.push(key.connection_id)
    return (key.connection_id === unlucky ? gone : here).wakeSync(key)
  }
  const activities = createActivities(deployment.api.deps, { ...here, wakeSync }, { changesKeptDays: 30 })
  return { ...(await activities.sweepSyncs()), tried }
}

test('who has waited for longer than a wake takes is woken, though another cannot be', async () => {
  const waiting = [await queue(20), await queue(20), await queue(20)].toSorted()
  await queue(1)
  deployment.api.log.length = 0
  const { woken, tried } = await sweep(waiting[0]!)
  expect(tried.toSorted()).toEqual(waiting)
  expect(woken).toBe(2)
  const warnings = deployment.api.log.map((line) => JSON.parse(line))
  expect(warnings).toMatchObject([{ level: 40, connection_id: waiting[0], error: expect.any(String) }])
})
