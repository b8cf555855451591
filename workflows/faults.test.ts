import { afterAll, beforeAll, expect, test } from 'vitest'
import stripe, { type StripeSandbox } from '../connectors/stripe/sandbox.ts'
import { startTestDeployment, type SyncBody, type TestDeployment } from '../stack/test-deployment.ts'
import { expectTruth, readAll } from '../stack/truth.ts'

let deployment: TestDeployment
const sandboxes: StripeSandbox[] = []

beforeAll(async () => {
  deployment = await startTestDeployment()
})
afterAll(async () => {
  await deployment.close()
  await Promise.all(sandboxes.map((sandbox) => sandbox.close()))
})

async function connect(name: string, options: Parameters<typeof stripe.start>[0]) {
  const sandbox = await stripe.start(options)
  sandboxes.push(sandbox)
  const { config, credentials } = sandbox
  const id = await deployment.connect({ connector: 'stripe', name, app_key: name, config, credentials })
  return { sandbox, id }
}

const small = { customers: 600, charges: 700, invoices: 120, subscriptions: 60, refunds: 40 }

test('a sync through 429s, 500s, resets and truncated bodies succeeds and equals the truth', async () => {
  const { sandbox, id } = await connect('faulty', { seed: 11, counts: small })
  const shares = { tooManyRequests: 0.05, retryAfter: 1, serverErrors: 0.05, resets: 0.03, truncated: 0.03, cut: 0.03 }
  Object.assign(sandbox.faults, shares)
  const sync = await deployment.sync(id)
  Object.assign(sandbox.faults, { tooManyRequests: 0, serverErrors: 0, resets: 0, truncated: 0, cut: 0 })
  expect(sync.status).toBe('succeeded')
  expect(sync.resources.reduce((sum: number, report: SyncBody) => sum + report.errors, 0)).toBeGreaterThan(0)
  await expectTruth(deployment, id, sandbox)
})

test('ten broken objects among a thousand are in quarantine with reasons, and the rest in the tables', async () => {
  const { sandbox, id } = await connect('broken', { seed: 12, counts: { ...small, customers: 1000, broken: 10 } })
  const sync = await deployment.sync(id, { resources: ['customer'] })
  expect(sync).toMatchObject({ status: 'succeeded' })
  expect(sync.resources[0]).toMatchObject({ fetched: 1000, created: 990, quarantined: 10 })
  const quarantined = await readAll(deployment, `/v1/quarantine?connection_id=${id}`)
  const customers = await readAll(deployment, `/v1/customers?connection_id=${id}`)
  const ids = (sandbox.truth('customer') as { id: string }[]).map((object) => object.id)
  expect(quarantined).toHaveLength(10)
  for (const row of quarantined) expect(row.reason).toMatch(/stripe: .*(created|address)/)
  expect(new Set([...quarantined.map((row) => row.external_id), ...customers.map((row) => row.source_id)])).toEqual(
    new Set(ids),
  )
  expect(quarantined.length + customers.length).toBe(ids.length)
})

test('a resource with more than 5 % bad objects fails, and keeps what is good', async () => {
  const { id } = await connect('spoilt', { seed: 13, counts: { ...small, customers: 300, broken: 30 } })
  const sync = await deployment.sync(id, { resources: ['customer', 'product'] })
  expect(sync.status).toBe('partial')
  const [customer, product] = sync.resources
  expect(customer).toMatchObject({ status: 'failed', error_code: 'too_many_bad_objects', created: 270 })
  expect(product).toMatchObject({ status: 'succeeded' })
  const { body } = await deployment.api.call('GET', `/v1/connections/${id}`)
  expect(body.data).toMatchObject({ status: 'active', sync_status: 'error' })
})

test('a wait that the source asks for is shown in the report, and is no failure', async () => {
  const { sandbox, id } = await connect('waiting', { seed: 14, counts: small })
  const off = sandbox.onRequest(({ path }) =>
    path === '/v1/products'
      ? { status: 429, headers: { 'Retry-After': '7' }, body: '{"error":{"type":"x"}}' }
      : undefined,
  )
  const { body } = await deployment.api.call('POST', `/v1/connections/${id}/syncs`, {
    body: { resources: ['product'] },
  })
  const waiting = await waitFor(async () => {
    const { data } = (await deployment.api.call('GET', `/v1/syncs/${body.data.id}`)).body
    return data.resources[0]?.waiting_for ? data.resources[0] : undefined
  })
  off()
  expect(waiting.waiting_for).toMatch(/stripe: too many requests/)
  expect(Date.parse(waiting.wait_until)).toBeGreaterThan(Date.now())
  expect(await deployment.ended(body.data.id)).toMatchObject({ status: 'succeeded' })
})

test('credentials that are refused stop the connection, say so, and pause its schedule', async () => {
  const { sandbox, id } = await connect('refused', { seed: 15, counts: small })
  sandbox.onRequest(() => ({ status: 401, body: '{"error":{"type":"invalid_request_error"}}' }))
  const sync = await deployment.sync(id)
  expect(sync).toMatchObject({ status: 'failed', error_code: 'auth_failed' })
  const { body } = await deployment.api.call('GET', `/v1/connections/${id}`)
  expect(body.data.status).toBe('error')
  expect(body.data.status_reason).toMatch(/PUT \/v1\/connections\/:id\/credentials/)
  const schedule = await deployment.temporal.client.schedule.getHandle(`sync/${id}`).describe()
  expect(schedule.state.paused).toBe(true)
})

async function waitFor<Result>(look: () => Promise<Result | undefined>): Promise<Result> {
  for (let tries = 0; tries < 400; tries++) {
    const found = await look()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('it has not come')
}
