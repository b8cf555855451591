import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../stack/test-database.ts'
import { connectTemporal } from '../temporal/client.ts'
import { scheduleId } from '../temporal/names.ts'
import { createTestApi, type TestApi } from './test-api.ts'

let database: TestDatabase
let api: TestApi
beforeAll(async () => {
  database = await createTestDatabase()
  api = await createTestApi(database, inject('temporalAddress'))
})
afterAll(async () => {
  await api.close()
  await database.drop()
})

async function connect(on: TestApi): Promise<string> {
  const app_key = `csv-${randomUUID().slice(0, 8)}`
  const body = { connector: 'csv', name: 'Customers', app_key, content: 'id\n1\n', schedule_seconds: 3600 }
  return (await on.call('POST', '/v1/connections', { body })).body.data.id
}
const handleOf = (id: string) => api.deps.temporal.client.schedule.getHandle(scheduleId(id))

test('a change that Temporal could not be told is told later', async () => {
  const cut = await createTestApi(database, '127.0.0.1:1')
  const away = cut.deps.temporal
  const made = await connect(cut)
  const deleted = await connect(api)
  expect((await cut.call('DELETE', `/v1/connections/${deleted}`, { key: api.org.api_key })).status).toBe(204)
  await expect(handleOf(made).describe()).rejects.toThrow('not found')
  await handleOf(deleted).describe()

  const back = connectTemporal({ address: inject('temporalAddress'), namespace: 'default' })
  cut.deps.temporal = back
  await vi.waitFor(() => handleOf(made).describe(), { timeout: 15_000, interval: 250 })
  await vi.waitFor(() => expect(handleOf(deleted).describe()).rejects.toThrow('not found'), {
    timeout: 15_000,
    interval: 250,
  })
  await cut.close()
  await Promise.all([away.close(), back.close()])
})

test('a process that begins to listen puts back the schedules that are missing', async () => {
  const id = await connect(api)
  await api.call('POST', `/v1/connections/${id}/pause`)
  await handleOf(id).delete()
  const fresh = await createTestApi(database, inject('temporalAddress'))
  await fresh.app.listen({ host: '127.0.0.1', port: 0 })
  const schedule = await vi.waitFor(() => handleOf(id).describe(), { timeout: 10_000, interval: 100 })
  expect([schedule.state.paused, schedule.state.note]).toEqual([true, 'The connection is paused'])
  await fresh.close()
})
