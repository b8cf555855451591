import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import stripe, { type StripeSandbox } from '../connectors/stripe/sandbox.ts'
import { startTestDeployment, type SyncBody, type TestDeployment } from '../stack/test-deployment.ts'

const TERMINAL = ['succeeded', 'partial', 'failed', 'cancelled']
let deployment: TestDeployment
let sandbox: StripeSandbox
let connection_id: string
let connections = 0

beforeAll(async () => {
  deployment = await startTestDeployment()
  sandbox = await stripe.start({
    counts: { customers: 1000, charges: 1500, invoices: 50, subscriptions: 50, refunds: 10 },
  })
})
afterAll(async () => {
  await deployment.close()
  await sandbox.close()
})
beforeEach(async () => {
  sandbox.faults.latency = 10
  const app_key = `shop-${++connections}`
  const { config, credentials } = sandbox
  connection_id = await deployment.connect({ connector: 'stripe', name: app_key, app_key, config, credentials })
})

const ask = async (body: object = { resources: ['customer'] }): Promise<string> => {
  const { body: answer } = await deployment.api.call('POST', `/v1/connections/${connection_id}/syncs`, { body })
  return answer.data.id
}

/** Whether at any time two lists of one resource were read at once. */
async function watchOverlap<Result>(
  path: string,
  work: () => Promise<Result>,
): Promise<{ result: Result; heads: number; overlaps: number }> {
  let heads = 0
  let overlaps = 0
  let reading = 0
  const off = sandbox.onRequest(async ({ path: asked, query }) => {
    if (asked !== path) return undefined
    if (!query.has('starting_after')) heads++
    if (++reading > 1) overlaps++
    await new Promise((resolve) => setTimeout(resolve, 15))
    reading--
    return undefined
  })
  const result = await work()
  off()
  return { result, heads, overlaps }
}

test.each([2, 4])(
  '%i requests at one instant all end, served by reads that began after them, never two at once',
  async (count) => {
    const asked = Date.now()
    const { result, heads, overlaps } = await watchOverlap('/v1/customers', async () => {
      const ids = await Promise.all(Array.from({ length: count }, () => ask()))
      return Promise.all(ids.map((id) => deployment.ended(id)))
    })
    expect(result.map((sync) => sync.status)).toEqual(Array(count).fill('succeeded'))
    for (const sync of result) {
      expect(Date.parse(sync.started_at)).toBeGreaterThanOrEqual(asked)
      expect(Date.parse(sync.started_at)).toBeGreaterThanOrEqual(Date.parse(sync.requested_at))
      expect(sync.resources[0].fetched).toBe(1000)
    }
    expect(overlaps).toBe(0)
    expect(heads).toBeLessThanOrEqual(count)
  },
)

test('a request made during a run waits for the next one, which begins after it was asked for', async () => {
  const { result, overlaps } = await watchOverlap('/v1/customers', async () => {
    const first = await ask()
    await started(first)
    const second = await ask()
    return Promise.all([deployment.ended(first), deployment.ended(second)])
  })
  const [first, second] = result as [SyncBody, SyncBody]
  expect([first.status, second.status]).toEqual(['succeeded', 'succeeded'])
  expect(Date.parse(second.started_at)).toBeGreaterThanOrEqual(Date.parse(first.finished_at))
  expect(Date.parse(second.started_at)).toBeGreaterThan(Date.parse(second.requested_at))
  expect(overlaps).toBe(0)
})

test('what is cancelled stops within a page, writes nothing more, and leaves the connection idle', async () => {
  sandbox.faults.latency = 200
  const id = await ask()
  await fetched(id)
  const { status } = await deployment.api.call('POST', `/v1/syncs/${id}/cancel`)
  const asked = listed()
  expect(status).toBeLessThan(300)
  const sync = await deployment.ended(id)
  expect(sync.status).toBe('cancelled')
  expect(sync.resources[0].fetched).toBeLessThan(1000)
  await new Promise((resolve) => setTimeout(resolve, 1000))
  // The page that was under way when the answer came is the last.
  expect(listed() - asked).toBeLessThanOrEqual(1)
  const { body } = await deployment.api.call('GET', `/v1/connections/${connection_id}`)
  expect(body.data).toMatchObject({ status: 'active', sync_status: 'idle' })
})

test('cancelling one of two that share a run leaves the other to the next run', async () => {
  sandbox.faults.latency = 100
  const ids = await Promise.all([ask(), ask()])
  await fetched(ids[0])
  const syncs = await Promise.all(
    ids.map(async (id) => (await deployment.api.call('GET', `/v1/syncs/${id}`)).body.data),
  )
  const shared = syncs.filter((sync) => sync.status === 'running')
  const cancelled = shared[0].id
  await deployment.api.call('POST', `/v1/syncs/${cancelled}/cancel`)
  sandbox.faults.latency = 0
  const ended = await Promise.all(ids.map((id) => deployment.ended(id)))
  expect(ended.find((sync) => sync.id === cancelled).status).toBe('cancelled')
  expect(ended.find((sync) => sync.id !== cancelled).status).toBe('succeeded')
})

test('pausing stops a run, refuses another, and resuming lets it be asked for again', async () => {
  sandbox.faults.latency = 100
  const id = await ask()
  await fetched(id)
  await deployment.api.call('POST', `/v1/connections/${connection_id}/pause`)
  expect((await deployment.ended(id)).status).toBe('cancelled')
  const refused = await deployment.api.call('POST', `/v1/connections/${connection_id}/syncs`)
  expect(refused.status).toBe(409)
  await deployment.api.call('POST', `/v1/connections/${connection_id}/resume`)
  sandbox.faults.latency = 0
  expect((await deployment.sync(connection_id, { resources: ['product'] })).status).toBe('succeeded')
})

test('a schedule runs by itself, twice and more, and not while it is paused', async () => {
  await deployment.api.call('PATCH', `/v1/connections/${connection_id}`, { body: { schedule_seconds: 5 } })
  const ticks = async () => {
    const { body } = await deployment.api.call('GET', `/v1/syncs?connection_id=${connection_id}`)
    return body.data.filter((sync: SyncBody) => sync.trigger === 'schedule' && TERMINAL.includes(sync.status))
  }
  for (const until = Date.now() + 40_000; (await ticks()).length < 2 && Date.now() < until;)
    await new Promise((resolve) => setTimeout(resolve, 200))
  const seen = await ticks()
  expect(seen.length).toBeGreaterThanOrEqual(2)
  expect(seen.every((sync: SyncBody) => sync.requested_by === 'schedule')).toBe(true)
  const schedule = deployment.temporal.client.schedule.getHandle(`sync/${connection_id}`)
  expect((await schedule.describe()).state.paused).toBe(false)
  await deployment.api.call('POST', `/v1/connections/${connection_id}/pause`)
  expect((await schedule.describe()).state.paused).toBe(true)
})

const listed = () => sandbox.requests.count('/v1/customers')

async function report(id: string): Promise<SyncBody> {
  return (await deployment.api.call('GET', `/v1/syncs/${id}`)).body.data
}
async function started(id: string): Promise<void> {
  while ((await report(id)).status === 'queued') await new Promise((resolve) => setTimeout(resolve, 20))
}
async function fetched(id: string): Promise<void> {
  while (!((await report(id)).resources[0]?.fetched > 0)) await new Promise((resolve) => setTimeout(resolve, 20))
}
