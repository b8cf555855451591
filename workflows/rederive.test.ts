import { afterAll, beforeAll, expect, test } from 'vitest'
import postgres from 'postgres'
import stripe, { type StripeSandbox } from '../connectors/stripe/sandbox.ts'
import { startTestDeployment, type SyncBody, type TestDeployment } from '../stack/test-deployment.ts'
import { expectTruth, readAll } from '../stack/truth.ts'

let deployment: TestDeployment
let sandbox: StripeSandbox
let admin: postgres.Sql
let connection_id: string
let mapper: { toUnified: (...input: never[]) => unknown[] }

beforeAll(async () => {
  deployment = await startTestDeployment()
  sandbox = await stripe.start({
    counts: { customers: 700, products: 3, prices: 3, subscriptions: 5, invoices: 5, charges: 5 },
  })
  admin = postgres(deployment.database.adminUrl, { max: 1 })
  const { config, credentials } = sandbox
  connection_id = await deployment.connect({ connector: 'stripe', name: 'Shop', app_key: 'shop', config, credentials })
  mapper = deployment.api.deps.registry.getConnector('stripe').connector.map!.customer as typeof mapper
  await deployment.sync(connection_id)
  await deployment.untilQuiet(connection_id)
})
afterAll(async () => {
  await admin.end()
  await deployment.close()
  await sandbox.close()
})

const post = (path: string, body: object = {}) => deployment.api.call('POST', path, { body })

async function rederive(body: object = {}): Promise<SyncBody> {
  const { body: answer } = await post(`/v1/connections/${connection_id}/rederive`, body)
  return deployment.ended(answer.data.id)
}

/** With another mapper of customers, as after a release. */
async function withMapper<Result>(change: (record: object) => object, work: () => Promise<Result>): Promise<Result> {
  const { toUnified } = mapper
  mapper.toUnified = (...input) => toUnified(...input).map((record) => change(record as object))
  try {
    return await work()
  } finally {
    mapper.toUnified = toUnified
  }
}

const names = async () =>
  (await readAll(deployment, `/v1/customers?connection_id=${connection_id}`)).map((row) => row.name)

test('records are made anew from what is stored, without asking the source, and only those that differ are written', async () => {
  const asked = sandbox.requests.count()
  const sync = await rederive()
  expect(sync).toMatchObject({ status: 'succeeded', mode: 'rederive' })
  const customers = sync.resources.find((report: SyncBody) => report.resource === 'customer')
  expect(customers).toMatchObject({ scan: 'rederive', fetched: 700, unchanged: 700, updated: 0 })
  const renamed = (record: object) => ({ ...record, name: 'By the new mapper' })
  const changed = await withMapper(renamed, () => rederive({ resources: ['customer'] }))
  expect(changed.resources[0]).toMatchObject({ fetched: 700, updated: 700, unchanged: 0 })
  expect(new Set(await names())).toEqual(new Set(['By the new mapper']))
  expect((await rederive({ resources: ['customer'] })).resources[0]).toMatchObject({ updated: 700 })
  expect(sandbox.requests.count()).toBe(asked)
  await expectTruth(deployment, connection_id, sandbox, ['customer'])
})

test('what a mapper refuses is in quarantine until a retry after its fix, which does not ask the source', async () => {
  const broken = (record: object) => ({ ...record, name: 7 })
  const ids = sandbox
    .truth('customer')
    .slice(0, 5)
    .map((object) => (object as { id: string }).id)
  for (const id of ids) sandbox.mutate.update('customer', id, { description: 'changed while the mapper is broken' })
  await withMapper(broken, () => deployment.sync(connection_id, { resources: ['customer'] }))
  const quarantined = () => readAll(deployment, `/v1/quarantine?connection_id=${connection_id}`)
  expect(new Set((await quarantined()).map((row) => row.external_id))).toEqual(new Set(ids))
  // What is stored of them is an older state, which says nothing of the newer one.
  expect(await rederive({ resources: ['customer'] })).toMatchObject({ status: 'succeeded' })
  expect(await quarantined()).toHaveLength(ids.length)
  const asked = sandbox.requests.count()
  expect((await post('/v1/quarantine/retry', { connection_id, external_ids: [ids[0]] })).body.data).toEqual({
    tried: 1,
    released: 1,
  })
  expect((await post('/v1/quarantine/retry', { connection_id })).body.data).toEqual({ tried: 4, released: 4 })
  expect(await quarantined()).toEqual([])
  expect(sandbox.requests.count()).toBe(asked)
  await expectTruth(deployment, connection_id, sandbox, ['customer'])
})

test('one resource is read as a whole again without touching the others', async () => {
  await admin`update customers set name = 'spoilt by hand'`
  await admin`update entities set hash = '\\x00' where resource = 'customer'`
  const { status, body } = await post(`/v1/connections/${connection_id}/resources/customer/reset`)
  expect(status).toBe(202)
  const sync = await deployment.ended(body.data.id)
  expect(sync.resources.map((report: SyncBody) => [report.resource, report.scan])).toEqual([['customer', 'full']])
  await expectTruth(deployment, connection_id, sandbox, ['customer'])
  const unknown = await post(`/v1/connections/${connection_id}/resources/nothing/reset`)
  expect([unknown.status, unknown.body.error.code]).toEqual([404, 'not_found'])
})

test('what cannot be made anew or tried again is refused by its name', async () => {
  const price = await post(`/v1/connections/${connection_id}/rederive`, { resources: ['customer', 'price'] })
  expect([price.status, price.body.error.code]).toEqual([400, 'invalid_input'])
  expect(price.body.error.message).toMatch(/body\.resources: price has no unified model/)
  const nothing = await post('/v1/quarantine/retry', { connection_id, resource: 'nothing' })
  expect([nothing.status, nothing.body.error.message]).toEqual([400, 'body.resource: there is no resource nothing'])
})
