import { chmodSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { launcherConfig } from '../config.ts'
import { cacheFolder } from './cache-folder.ts'
import { findTemporalBinary } from './find-temporal.ts'
import { startTemporal, type TemporalOptions } from './temporal.ts'
import { temporalArguments } from './temporal-settings.ts'
import { startVictim, testFolder, untilGone } from './test-victim.ts'

let binary = ''
beforeAll(async () => {
  const { PATH, XDG_CACHE_HOME } = launcherConfig()
  binary = await findTemporalBinary({ path: PATH, cacheDir: cacheFolder(XDG_CACHE_HOME), say: () => {} })
})

async function start(options: Partial<TemporalOptions>) {
  const server = await startTemporal({ binary, headless: true, ...options })
  onTestFinished(server.stop)
  return server
}

async function connect(address: string): Promise<Client> {
  const connection = await Connection.connect({ address })
  onTestFinished(() => connection.close())
  return new Client({ connection })
}

test('Workflows and search attributes survive a stop and a start, in a path with a space', async () => {
  const options = {
    dbFile: join(testFolder(), 'new/temporal.db'),
    searchAttributes: { TributaryOrg: 'Keyword' } as const,
  }
  const first = await start(options)
  const client = await connect(first.address)
  await client.workflow.start('waitsForWorker', {
    workflowId: 'kept',
    taskQueue: 'nobody',
    searchAttributes: { TributaryOrg: ['org 1'] },
  })
  await first.stop()
  const second = await connect((await start(options)).address)
  const found = await second.workflow.getHandle('kept').describe()
  expect(found.status.name).toBe('RUNNING')
  expect(found.searchAttributes).toMatchObject({ TributaryOrg: ['org 1'] })
})

test('It has a Web UI, and takes the next ports when those that it should have are taken', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  onTestFinished(() => void other.close())
  const address = other.address()
  const taken = typeof address === 'object' && address ? address.port : 0
  const server = await start({ headless: false, port: taken, uiPort: taken })
  const [port, uiPort] = [server.address, server.uiUrl].map((text) => Number(text?.split(':').at(-1)))
  expect(port).toBeGreaterThan(taken)
  expect(uiPort).toBeGreaterThan(taken)
  expect(uiPort).not.toBe(port)
  expect((await fetch(server.uiUrl ?? '')).status).toBe(200)
})

test('It listens on the loopback interface alone, with the limits of its one shard lifted', () => {
  const line = temporalArguments({ namespace: 'default', port: 7233, searchAttributes: {} }).join(' ')
  expect(line).toContain('--ip 127.0.0.1 --port 7233 --namespace default --headless')
  expect(line).toContain('--dynamic-config-value history.transferProcessorMaxPollRPS=10000')
  expect(line).toContain('--dynamic-config-value matching.enableFairness=true')
  expect(line).not.toContain('sqlite')
})

test('Killed with SIGKILL, its parent takes it along', async () => {
  const { pids } = await startVictim(`
    import { startTemporal } from './temporal.ts'
    const server = await startTemporal({ binary: ${JSON.stringify(binary)}, headless: true })
    console.log(process.pid, server.pid)
    setInterval(() => {}, 1000)`)
  const [parent = 0, server = 0] = pids
  expect(server).toBeGreaterThan(0)
  process.kill(parent, 'SIGKILL')
  expect(await untilGone([server])).toBeLessThan(2000)
})

test('A server that does not start is shown with its last lines', async () => {
  const folder = testFolder()
  const broken = join(folder, 'temporal')
  writeFileSync(broken, '#!/bin/sh\necho "disk I/O error: No space left on device" >&2\nexit 4\n')
  chmodSync(broken, 0o755)
  await expect(startTemporal({ binary: broken })).rejects.toThrow(
    /^Temporal did not start: it ended with exit code 4. The disk is full: .*\n {2}disk I\/O error/,
  )
})

test('A file database that cannot be kept is a sentence that says what to do', async () => {
  const file = join(testFolder(), 'file')
  writeFileSync(file, '')
  await expect(startTemporal({ binary, dbFile: join(file, 'temporal.db') })).rejects.toThrow(
    /cannot keep its data.*move it away/,
  )
})
