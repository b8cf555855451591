import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test, vi } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../stack/test-database.ts'
import { createTestApi, type TestApi } from '../test-api.ts'

let database: TestDatabase
let api: TestApi
let sql: postgres.Sql
let sync_id: string
beforeAll(async () => {
  database = await createTestDatabase()
  api = await createTestApi(database, inject('temporalAddress'))
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  sql = postgres(database.adminUrl, { max: 1 })
})
afterAll(async () => {
  await sql.end()
  await api.close()
  await database.drop()
})
beforeEach(async () => {
  const body = { connector: 'csv', name: 'Customers', app_key: `csv-${randomUUID().slice(0, 8)}`, content: 'id\n1\n' }
  const { id } = (await api.call('POST', '/v1/connections', { body })).body.data
  sync_id = (await api.call('POST', `/v1/connections/${id}/syncs`)).body.data.id
})
afterEach(() => void vi.useRealTimers())

// What a run does, told by hand: no worker is here.
const begin = () => sql`update syncs set status = 'running', started_at = now() where id = ${sync_id}`
const report = (fetched: number) => sql`
  insert into sync_resources (org_id, sync_id, resource, scan, status, generation, fetched)
  values (${api.org.org_id}, ${sync_id}, 'row', 'full', 'running', 1, ${fetched})
  on conflict (org_id, sync_id, resource) do update set fetched = ${fetched}`
const finish = (status = 'succeeded') =>
  sql`update syncs set status = ${status}, finished_at = now() where id = ${sync_id}`

/** Follows the sync over HTTP; gives what it is told, one by one, and undefined at the end. */
async function follow(on = api, signal?: AbortSignal) {
  const { port } = on.app.server.address() as AddressInfo
  const headers = { authorization: `Bearer ${api.org.api_key}` }
  const url = `http://127.0.0.1:${port}/v1/syncs/${sync_id}/progress`
  const response = await fetch(url, { headers, ...(signal && { signal }) })
  const blocks = blocksOf(response.body!.pipeThrough(new TextDecoderStream()))
  return { response, next: async () => (await blocks.next()).value }
}

async function* blocksOf(chunks: AsyncIterable<string>): AsyncGenerator<string, undefined> {
  let text = ''
  for await (const chunk of chunks) {
    const blocks = (text + chunk).split('\n\n')
    text = blocks.pop()!
    yield* blocks
  }
  expect(text).toBe('')
}

function parse(block: string | undefined) {
  const [, name, json] = /^event: (\w+)\ndata: (.+)$/.exec(block!)!
  return { name, data: JSON.parse(json!) }
}
type Told = ReturnType<typeof parse>
const brief = ({ name, data }: Told) => [name, data.status, data.resources[0]?.fetched]

test('progress comes when it changes, and the stream ends with the sync', async () => {
  const { response, next } = await follow()
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  const told = [brief(parse(await next()))]
  await begin()
  told.push(brief(parse(await next())))
  for (const fetched of [5, 9]) {
    await report(fetched)
    told.push(brief(parse(await next())))
  }
  await finish('partial')
  for (let time = 0; time < 2; time++) told.push(brief(parse(await next())))
  expect(told).toEqual([
    ['progress', 'queued', undefined],
    ['progress', 'running', undefined],
    ['progress', 'running', 5],
    ['progress', 'running', 9],
    ['progress', 'partial', 9],
    ['done', 'partial', 9],
  ])
  expect(await next()).toBeUndefined()
})

test.each(['succeeded', 'partial', 'failed', 'cancelled'])(
  'of a sync that has %s all is told at once',
  async (status) => {
    await finish(status)
    const { next } = await follow()
    const [progress, done] = [parse(await next()), parse(await next())]
    expect([progress.name, done.name, done.data]).toEqual(['progress', 'done', progress.data])
    const { body } = await api.call('GET', `/v1/syncs/${sync_id}`)
    expect(done.data).toEqual(body.data)
    expect(await next()).toBeUndefined()
  },
)

/** How often the stream looked while it could have looked three times. */
async function looks(): Promise<number> {
  const asking = vi.spyOn(api.db, 'transaction')
  await sleep(800)
  const times = asking.mock.calls.length
  asking.mockRestore()
  return times
}

test('a stream that has been quiet for long says that it is there, and no more than that', async () => {
  const { next } = await follow()
  expect(parse(await next()).name).toBe('progress')
  vi.useFakeTimers({ toFake: ['Date'] })
  for (let time = 1; time <= 2; time++) {
    vi.setSystemTime(Date.now() + 15_000)
    expect(await next()).toBe(': still here')
  }
  expect(await looks()).toBeGreaterThan(0)
  await finish()
  expect(parse(await next()).data.status).toBe('succeeded')
})

test('a sync that is gone meanwhile is an event of its own, with the request id, and the end', async () => {
  const { response, next } = await follow()
  await next()
  await sql`delete from syncs where id = ${sync_id}`
  const { name, data } = parse(await next())
  expect([name, data.error.code, data.error.message]).toEqual(['error', 'not_found', `Sync ${sync_id} does not exist`])
  expect(data.error.request_id).toBe(response.headers.get('x-request-id'))
  expect(await next()).toBeUndefined()
})

test('of a failure that nobody expected the client is told the request id, and the log the place', async () => {
  const { next } = await follow()
  await next()
  api.log.length = 0
  await sql`revoke select on syncs from tributary_app`
  const { name, data } = parse(await next())
  await sql`grant select on syncs to tributary_app`
  expect([name, data.error.code]).toEqual(['error', 'internal'])
  expect(JSON.stringify(data)).not.toMatch(/permission|syncs|select/)
  expect(await next()).toBeUndefined()
  const lines = api.log.filter((line) => line.includes(data.error.request_id)).map((line) => JSON.parse(line))
  expect(lines).toContainEqual(expect.objectContaining({ level: 50, msg: 'unexpected error' }))
})

test('when who follows leaves, nobody asks the database any more', async () => {
  const leaving = new AbortController()
  const { next } = await follow(api, leaving.signal)
  await next()
  expect(await looks()).toBeGreaterThan(0)
  leaving.abort()
  await expect(next()).rejects.toMatchObject({ name: 'AbortError' })
  await vi.waitFor(async () => expect(await looks()).toBe(0), 10_000)
})

test('a stream that is open does not keep the process from its end', async () => {
  const other = await createTestApi(database, inject('temporalAddress'))
  await other.app.listen({ host: '127.0.0.1', port: 0 })
  const { next } = await follow(other)
  expect(parse(await next()).data.status).toBe('queued')
  await other.close()
  expect(await next()).toBeUndefined()
})
