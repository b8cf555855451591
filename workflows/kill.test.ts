import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { inject, afterAll, beforeAll, expect, test } from 'vitest'
import stripe, { type StripeSandbox } from '../connectors/stripe/sandbox.ts'
import { childEnvironment } from '../config.ts'
import { startTestDeployment, type SyncBody, type TestDeployment } from '../stack/test-deployment.ts'
import { expectTruth } from '../stack/truth.ts'

const PAGES = 20
let deployment: TestDeployment
let sandbox: StripeSandbox
const processes: ChildProcess[] = []

beforeAll(async () => {
  deployment = await startTestDeployment({ workers: false })
  const counts = { customers: PAGES * 100, charges: 0, invoices: 0, subscriptions: 0, refunds: 0 }
  sandbox = await stripe.start({ counts, faults: { latency: 120 } })
})
afterAll(async () => {
  for (const child of processes) child.kill('SIGKILL')
  await deployment.close()
  await sandbox.close()
})

/** A worker as it is deployed: a process of its own. */
function startWorker(): ChildProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', 'workers/main.ts'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: childEnvironment({
      DATABASE_URL: deployment.database.appUrl,
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      TEMPORAL_NAMESPACE: deployment.namespace,
      INTEGRATION_ENCRYPTION_KEY: `test:${Buffer.alloc(32, 7).toString('base64')}`,
      ALLOW_PRIVATE_TARGETS: 'true',
      WORKFLOW_BUNDLE_DIR: inject('bundleDir'),
      METRICS_PORT: '0',
      LOG_LEVEL: 'error',
    }),
  })
  processes.push(child)
  return child
}

/** What cutting the list costs: pages at its seams that are not full. */
const EXTRA = 2

const pagesAsked = () => sandbox.requests.entries.filter((entry) => entry.path.startsWith('/v1/customers?'))
const report = async (id: string): Promise<SyncBody> =>
  (await deployment.api.call('GET', `/v1/syncs/${id}`)).body.data.resources[0]

test('a worker killed in the middle of twenty pages loses and doubles nothing; only pages in flight are read again', async () => {
  const { config, credentials } = sandbox
  const id = await deployment.connect({ connector: 'stripe', name: 'Shop', app_key: 'shop', config, credentials })
  const victim = startWorker()
  const { body } = await deployment.api.call('POST', `/v1/connections/${id}/syncs`, {
    body: { resources: ['customer'] },
  })
  const sync_id = body.data.id
  while (!((await report(sync_id))?.pages >= 5)) await new Promise((resolve) => setTimeout(resolve, 20))
  victim.kill('SIGKILL')
  await once(victim, 'exit')
  const committed = (await report(sync_id)).pages
  const asked = pagesAsked().map((entry) => entry.path)
  expect(committed).toBeLessThan(PAGES)

  startWorker()
  const sync = await deployment.ended(sync_id)
  expect(sync).toMatchObject({ status: 'succeeded' })
  expect(sync.resources[0]).toMatchObject({ fetched: PAGES * 100, created: PAGES * 100 })
  await expectTruth(deployment, id, sandbox, ['customer'])
  const again = pagesAsked()
    .map((entry) => entry.path)
    .slice(asked.length)
  const inFlight = asked.length - committed
  expect(again.filter((path) => asked.includes(path)).length).toBeLessThanOrEqual(inFlight)
  expect(again.length).toBeLessThanOrEqual(PAGES - committed + EXTRA)
})
