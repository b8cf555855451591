import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import stripe, { type StripeSandbox } from '../connectors/stripe/sandbox.ts'
import { startTestDeployment, type SyncBody, type TestDeployment } from '../stack/test-deployment.ts'
import { expectTruth, readAll } from '../stack/truth.ts'

let deployment: TestDeployment
let sandbox: StripeSandbox
let connection_id: string
let requests: Record<string, number>
let off: () => void

beforeAll(async () => {
  deployment = await startTestDeployment()
})
afterAll(() => deployment.close())

beforeEach(async () => {
  sandbox = await stripe.start({
    counts: { customers: 150, products: 5, prices: 8, subscriptions: 20, invoices: 30, charges: 60, refunds: 5 },
  })
  const { config, credentials } = sandbox
  const app_key = `shop-${new URL(sandbox.url).port}`
  connection_id = await deployment.connect({ connector: 'stripe', name: app_key, app_key, config, credentials })
  requests = {}
  off = sandbox.onRequest(({ path }) => {
    requests[path] = (requests[path] ?? 0) + 1
    return undefined
  })
  return async () => {
    off()
    await sandbox.close()
  }
})

const syncs = async (): Promise<SyncBody[]> => readAll(deployment, `/v1/syncs?connection_id=${connection_id}`)

/** A full pass, and what follows it by itself. */
async function readWhole(): Promise<void> {
  expect(await deployment.sync(connection_id)).toMatchObject({ status: 'succeeded' })
  await untilQuiet()
}

const untilQuiet = () => deployment.untilQuiet(connection_id)

const reportOf = (sync: SyncBody, resource: string) =>
  sync.resources.find((report: SyncBody) => report.resource === resource)

const someOf = (resource: string) => sandbox.truth(resource).map((object) => (object as { id: string }).id)

test('after a full pass its resources are read incrementally by themselves, once', async () => {
  await readWhole()
  const [catchUp, first, ...rest] = await syncs()
  expect(rest).toEqual([])
  expect(first).toMatchObject({ trigger: 'api', status: 'succeeded' })
  expect(catchUp).toMatchObject({ trigger: 'pass', mode: 'incremental', status: 'succeeded' })
})

test('what was created, changed and deleted is known from the events, and no list is read again', async () => {
  await readWhole()
  const [changed, gone] = someOf('customer')
  const [subscription] = someOf('subscription')
  sandbox.mutate.create('customer', { name: 'Newest' })
  sandbox.mutate.update('customer', changed!, { name: 'Changed' })
  sandbox.mutate.remove('customer', gone!)
  sandbox.mutate.update('charge', someOf('charge')[0]!, { description: 'told' })
  sandbox.mutate.remove('subscription', subscription!)
  requests = {}
  const sync = await deployment.sync(connection_id)
  expect(sync).toMatchObject({ status: 'succeeded', mode: 'incremental' })
  expect(reportOf(sync, 'customer')).toMatchObject({
    scan: 'feed',
    status: 'succeeded',
    created: 1,
    updated: 1,
    deleted: 1,
  })
  expect(reportOf(sync, 'events').created).toBeGreaterThanOrEqual(5)
  for (const list of ['/v1/customers', '/v1/charges', '/v1/subscriptions']) expect(requests[list]).toBeUndefined()
  await expectTruth(deployment, connection_id, sandbox)
  const [tombstone] = await readAll(deployment, `/v1/entities?connection_id=${connection_id}&external_id=${gone}`)
  expect(tombstone).toMatchObject({ deletion_confidence: 'event' })
  expect(tombstone!.raw_payload).toMatchObject({ id: gone })
})

test('the same events, read again, are known and change nothing', async () => {
  await readWhole()
  sandbox.mutate.update('customer', someOf('customer')[0]!, { name: 'Changed' })
  await deployment.sync(connection_id)
  const again = await deployment.sync(connection_id)
  expect(reportOf(again, 'events')).toMatchObject({ created: 0, unchanged: 1 })
  expect(reportOf(again, 'customer')).toMatchObject({ fetched: 0, updated: 0 })
  await expectTruth(deployment, connection_id, sandbox)
})

test('changes that share one second are decided by reading the object', async () => {
  await readWhole()
  const [id] = someOf('customer')
  sandbox.clock.advance(5000)
  for (const name of ['A', 'B', 'A', 'C']) sandbox.mutate.update('customer', id!, { name })
  requests = {}
  await deployment.sync(connection_id)
  expect(requests[`/v1/customers/${id}`]).toBe(1)
  await expectTruth(deployment, connection_id, sandbox, ['customer'])
})

test('an event that shows only part of its object is a hint to read it', async () => {
  await readWhole()
  const long = sandbox.truth('invoice').find((invoice) => (invoice as { lines: { data: [] } }).lines.data.length > 10)
  const { id } = long as { id: string }
  sandbox.mutate.update('invoice', id, { description: 'longer than its event' })
  requests = {}
  await deployment.sync(connection_id)
  expect(requests[`/v1/invoices/${id}`]).toBe(1)
  await expectTruth(deployment, connection_id, sandbox, ['invoice'])
})

test('what changes while a full pass reads is in the tables after it', async () => {
  await readWhole()
  const ids = someOf('customer')
  const stop = sandbox.onRequest(({ path, query }) => {
    if (path === '/v1/customers' && query.has('starting_after')) {
      sandbox.mutate.update('customer', ids[0]!, { name: `changed behind page ${query.get('starting_after')}` })
      sandbox.mutate.create('customer', {})
    }
    return undefined
  })
  expect(await deployment.sync(connection_id, { mode: 'full' })).toMatchObject({ status: 'succeeded' })
  stop()
  await untilQuiet()
  await expectTruth(deployment, connection_id, sandbox)
})

test('a full pass finds what was deleted without an event, and says so', async () => {
  await readWhole()
  const [gone] = someOf('customer')
  sandbox.mutate.remove('customer', gone!)
  const stop = sandbox.onRequest(({ path }) => (path === '/v1/events' ? { status: 200, body: NO_EVENTS } : undefined))
  const sync = await deployment.sync(connection_id, { mode: 'full', resources: ['customer'] })
  await untilQuiet()
  stop()
  expect(reportOf(sync, 'customer')).toMatchObject({ deleted: 1, suspected: 0, sweep: 'done' })
  const [tombstone] = await readAll(deployment, `/v1/entities?connection_id=${connection_id}&external_id=${gone}`)
  expect(tombstone).toMatchObject({ deletion_confidence: 'inferred' })
  await expectTruth(deployment, connection_id, sandbox, ['customer'])
})

const NO_EVENTS = '{"object":"list","data":[],"has_more":false,"url":"/v1/events"}'

test('a resource that lost more than can be believed keeps its rows until somebody decides', async () => {
  await readWhole()
  const ids = someOf('customer')
  const empty = '{"object":"list","data":[],"has_more":false,"url":"/v1/customers"}'
  const stop = sandbox.onRequest(({ path }) => (path === '/v1/customers' ? { status: 200, body: empty } : undefined))
  const ask = () => deployment.sync(connection_id, { mode: 'full', resources: ['customer'] })
  const sync = await ask()
  expect(sync).toMatchObject({ status: 'partial', error_code: 'sweep_suspected' })
  expect(reportOf(sync, 'customer')).toMatchObject({ deleted: 0, suspected: ids.length, sweep: 'suspected' })
  await expectTruth(deployment, connection_id, sandbox, ['customer'])
  const decide = (id: string, decision: string) =>
    deployment.api.call('POST', `/v1/syncs/${id}/sweeps/customer`, { body: { decision } })
  expect((await decide(sync.id, 'refuse')).body.data).toEqual({ deleted: 0 })
  await expectTruth(deployment, connection_id, sandbox, ['customer'])
  expect((await decide(sync.id, 'confirm')).body.error.code).toBe('sweep_not_open')

  const second = await ask()
  sandbox.mutate.update('customer', ids[0]!, { name: 'Heard of since' })
  await deployment.sync(connection_id)
  expect((await decide(second.id, 'confirm')).body.data).toEqual({ deleted: ids.length - 1 })
  stop()
  const live = await readAll(deployment, `/v1/entities?connection_id=${connection_id}&resource=customer&deleted=false`)
  expect(live.map((row) => row.external_id)).toEqual([ids[0]])
})
