import postgres from 'postgres'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { sweepSyncs } from '../activities/sweep-syncs.ts'
import stripe, { type StripeSandbox } from '../connectors/stripe/sandbox.ts'
import { startTestDeployment, type TestDeployment } from '../stack/test-deployment.ts'
import { createOrchestrator } from '../workers/orchestrator.ts'

let deployment: TestDeployment
let sandbox: StripeSandbox
let admin: postgres.Sql
let connection_id: string
let connections = 0

beforeAll(async () => {
  deployment = await startTestDeployment()
  sandbox = await stripe.start({ counts: { customers: 2000, products: 3, charges: 0, invoices: 0, subscriptions: 0 } })
  admin = postgres(deployment.database.adminUrl, { max: 1 })
})
afterAll(async () => {
  await admin.end()
  await deployment.close()
  await sandbox.close()
})
beforeEach(async () => {
  const app_key = `shop-${++connections}`
  const { config, credentials } = sandbox
  connection_id = await deployment.connect({ connector: 'stripe', name: app_key, app_key, config, credentials })
  sandbox.faults.latency = 150
})

/** A sync of which one resource has been read to its end, and another is being read. */
async function startHalf(): Promise<string> {
  const { body } = await deployment.api.call('POST', `/v1/connections/${connection_id}/syncs`, {
    body: { resources: ['customer', 'product'] },
  })
  const isHalf = async () => {
    const { data } = (await deployment.api.call('GET', `/v1/syncs/${body.data.id}`)).body
    const [customer, product] = data.resources
    return product?.status === 'succeeded' && customer.fetched > 0
  }
  while (!(await isHalf())) await new Promise((resolve) => setTimeout(resolve, 20))
  return body.data.id
}

const rows = () =>
  admin`select trigger, status from syncs where connection_id = ${connection_id} order by requested_at, id`
const sweep = () => {
  const { deps } = deployment.api
  return sweepSyncs(deps, createOrchestrator(deployment.temporal), { changesKeptDays: 30 })()
}

test('a connection that is deleted during a full pass leaves no sync behind that nobody ends', async () => {
  const id = await startHalf()
  expect((await deployment.api.call('DELETE', `/v1/connections/${connection_id}`)).status).toBe(204)
  expect(await deployment.ended(id)).toMatchObject({ status: 'cancelled' })
  expect(await rows()).toMatchObject([{ trigger: 'api', status: 'cancelled' }])
})

test('a connection that is paused during a full pass asks for nothing more by itself', async () => {
  const id = await startHalf()
  await deployment.api.call('POST', `/v1/connections/${connection_id}/pause`)
  expect(await deployment.ended(id)).toMatchObject({ status: 'cancelled' })
  expect(await rows()).toMatchObject([{ trigger: 'api', status: 'cancelled' }])
})

test('a sync that waits without a schedule does not keep the sweeper from the other connections', async () => {
  const { org_id } = deployment.api.org
  const { schedule } = deployment.temporal.client
  const lost = connection_id
  await schedule.getHandle(`sync/${lost}`).delete()
  const app_key = `shop-${++connections}`
  const { config, credentials } = sandbox
  const other = await deployment.connect({ connector: 'stripe', name: app_key, app_key, config, credentials })
  const waiting = [lost, other].map((connection, n) => ({
    org_id,
    id: `0190a000-0000-7000-8000-00000000000${n}`,
    connection_id: connection,
    mode: 'incremental',
    trigger: 'api',
    requested_resources: ['product'],
    status: 'queued',
    requested_by: 'test',
    requested_at: new Date(Date.now() - 60_000 + n),
  }))
  await admin`insert into syncs ${admin(waiting)}`
  expect(await sweep()).toMatchObject({ woken: 2 })
  expect(await deployment.ended(waiting[1]!.id)).toMatchObject({ status: 'succeeded' })
})
