import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest'
import { childEnvironment } from '../config.ts'
import { createOrg } from '../db/orgs.ts'
import { createTestDatabase, type TestDatabase } from '../stack/test-database.ts'

const KEY = `main:${Buffer.alloc(32, 3).toString('base64')}`
const OTHER_KEY = `main:${Buffer.alloc(32, 4).toString('base64')}`

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

function start(changes: Record<string, string | undefined>): { child: ChildProcess; errors: () => string } {
  const env = childEnvironment({
    DATABASE_URL: database.appUrl,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    INTEGRATION_ENCRYPTION_KEY: KEY,
    ...changes,
  })
  const main = fileURLToPath(new URL('./main.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', main], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let text = ''
  child.stderr!.on('data', (chunk) => (text += String(chunk)))
  return { child, errors: () => text }
}

async function refusal(changes: Record<string, string | undefined>): Promise<[unknown, string]> {
  const { child, errors } = start(changes)
  const [code] = (await once(child, 'close')) as [number]
  return [code, errors()]
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

test('it serves, follows streams, and ends within seconds when it is told to', async () => {
  const port = await freePort()
  const { child } = start({ PORT: String(port) })
  const url = `http://127.0.0.1:${port}`
  const { api_key } = await createOrg(database.adminUrl, { name: 'Acme' })
  const headers = { authorization: `Bearer ${api_key}`, 'content-type': 'application/json' }
  const ready = await vi.waitFor(() => fetch(`${url}/ready`), { timeout: 20_000, interval: 100 })
  expect(ready.status).toBe(200)
  const body = JSON.stringify({ connector: 'csv', name: 'A', app_key: 'a', content: 'id\n1\n' })
  expect((await fetch(`${url}/v1/connections`, { method: 'POST', headers, body })).status).toBe(201)
  const asked = await fetch(`${url}/v1/connections/a/syncs`, { method: 'POST', headers })
  const { data: sync } = (await asked.json()) as { data: { id: string } }
  const following = await fetch(`${url}/v1/syncs/${sync.id}/progress`, { headers })
  const stoppedAt = Date.now()
  child.kill('SIGTERM')
  const [code] = await once(child, 'close')
  expect([code, Date.now() - stoppedAt < 5000]).toEqual([0, true])
  expect(await following.text()).toContain('event: progress')
})

test('it refuses a role that is not bound by row level security', async () => {
  const [code, errors] = await refusal({ DATABASE_URL: database.adminUrl })
  expect([code, errors]).toEqual([1, expect.stringContaining('which row level security does not bind')])
})

test('it refuses another key than the one that it sealed with', async () => {
  const [code, errors] = await refusal({ INTEGRATION_ENCRYPTION_KEY: OTHER_KEY })
  expect([code, errors]).toEqual([1, expect.stringContaining('a value sealed with key "main" does not open')])
})

test('it names what its configuration lacks', async () => {
  const [code, errors] = await refusal({ INTEGRATION_ENCRYPTION_KEY: undefined })
  expect([code, errors]).toEqual([1, expect.stringContaining('INTEGRATION_ENCRYPTION_KEY is not set')])
})
