import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, inject, onTestFinished, test, vi } from 'vitest'
import { childEnvironment } from '../config.ts'
import { createClient } from '../db/client.ts'
import { checkKeyring } from '../engine/canary.ts'
import { parseKeyring } from '../engine/keyring.ts'
import { startTestDeployment, type TestDeployment } from '../stack/test-deployment.ts'

const KEY = `main:${Buffer.alloc(32, 3).toString('base64')}`
const OTHER_KEY = `main:${Buffer.alloc(32, 4).toString('base64')}`

let deployment: TestDeployment
beforeAll(async () => {
  deployment = await startTestDeployment({ workers: false })
})
afterAll(() => deployment.close())

/** A worker as it is deployed: a process of its own. */
function start(changes: Record<string, string | undefined>) {
  const env = childEnvironment({
    DATABASE_URL: deployment.database.appUrl,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_NAMESPACE: deployment.namespace,
    INTEGRATION_ENCRYPTION_KEY: KEY,
    WORKFLOW_BUNDLE_DIR: inject('bundleDir'),
    METRICS_PORT: '0',
    ...changes,
  })
  const main = fileURLToPath(new URL('./main.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', main], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

/** What a worker that does not start says, and its exit code. */
async function refusal(changes: Record<string, string | undefined>): Promise<[unknown, string]> {
  const child = start(changes)
  const closed = once(child, 'close') as Promise<[number]>
  const errors = await child.stderr.toArray()
  return [(await closed)[0], errors.join('')]
}

test('it takes work, and ends in good order when it is told to', async () => {
  const child = start({})
  let lines = ''
  child.stdout.on('data', (chunk) => (lines += String(chunk)))
  await vi.waitFor(() => expect(lines).toContain('the worker is ready'), 60_000)
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
})

test('it refuses a role that is not bound by row level security', async () => {
  const [code, errors] = await refusal({ DATABASE_URL: deployment.database.adminUrl })
  expect([code, errors]).toEqual([
    1,
    expect.stringMatching(/^The worker does not start\. DATABASE_URL logs in as postgres, .+\n$/),
  ])
})

test('it refuses another key than the one that was sealed with', async () => {
  const { db, close } = createClient(deployment.database.appUrl)
  await checkKeyring(db, parseKeyring(KEY))
  await close()
  const [code, errors] = await refusal({ INTEGRATION_ENCRYPTION_KEY: OTHER_KEY })
  expect([code, errors]).toEqual([1, expect.stringContaining('a value sealed with key "main" does not open')])
})

test('it says what the database said, and nothing of what that was asked', async () => {
  const [code, errors] = await refusal({ DATABASE_URL: 'postgres://tributary_app@127.0.0.1:1/none' })
  expect([code, errors]).toEqual([1, expect.stringMatching(/^The worker does not start\. .*ECONNREFUSED.*\n$/)])
})

test('it names what its configuration lacks', async () => {
  const [code, errors] = await refusal({ TEMPORAL_ADDRESS: undefined })
  expect([code, errors]).toEqual([1, expect.stringContaining('TEMPORAL_ADDRESS is not set')])
})
