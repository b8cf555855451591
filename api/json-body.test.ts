import { once } from 'node:events'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import fastify from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { App } from './deps.ts'
import { acceptJsonOnly } from './json-body.ts'

const TIMEOUT_MS = 200
const app = fastify() as unknown as App
beforeAll(async () => {
  acceptJsonOnly(app, { timeoutMs: TIMEOUT_MS })
  app.post('/', async (incoming) => {
    await sleep(2 * TIMEOUT_MS)
    return { given: incoming.body ?? null }
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(() => app.close())

const post = () => {
  const { port } = app.server.address() as AddressInfo
  return request({ port, method: 'POST', headers: { 'content-type': 'application/json', 'content-length': 9 } })
}

test('A body that does not come to its end in time ends with its connection', async () => {
  const client = post()
  client.write('{"a":')
  await expect(once(client, 'response')).rejects.toThrow('socket hang up')
})

test('One that came in time is answered, however long that takes', async () => {
  const client = post().end('{"a":"b"}')
  const [response] = await once(client, 'response')
  expect(await text(response)).toBe('{"given":{"a":"b"}}')
})
