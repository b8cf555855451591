import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestDeployment, type TestDeployment } from '../stack/test-deployment.ts'
import { readAll } from '../stack/truth.ts'

let deployment: TestDeployment
beforeAll(async () => {
  deployment = await startTestDeployment()
})
afterAll(() => deployment.close())

/** A connection that has no content yet. */
const connect = (app_key: string, config: object = {}) =>
  deployment.connect({ connector: 'csv', name: app_key, app_key, config })

async function put(id: string, content: string) {
  const { app, org } = deployment.api
  const form = `--x\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\n\r\n${content}\r\n--x--\r\n`
  const headers = { authorization: `Bearer ${org.api_key}`, 'content-type': 'multipart/form-data; boundary=x' }
  const answer = await app.inject({ method: 'PUT', url: `/v1/connections/${id}/content`, headers, payload: form })
  expect([answer.statusCode, answer.body]).toEqual([200, expect.any(String)])
  return answer.json().data
}

const rowsOf = async (id: string) => {
  const entities = await readAll(deployment, `/v1/entities?connection_id=${id}`)
  return entities.map(({ raw_payload }) => raw_payload as { no: number }).toSorted((a, b) => a.no - b.no)
}
const report = async (id: string) => {
  const sync = await deployment.sync(id)
  const [{ fetched, created, updated, unchanged }] = sync.resources
  return { status: sync.status, fetched, created, updated, unchanged }
}
const connection = async (id: string) => (await deployment.api.call('GET', `/v1/connections/${id}`)).body.data

test('a file is synced as it is, and when it is replaced, as it is then', async () => {
  const id = await connect('replaced', { key_column: 'no' })
  const lines = Array.from({ length: 3000 }, (_, n) => `${n + 1},"Jane, no. ${n}\nof Köln"`)
  await put(id, ['no,name', ...lines, ''].join('\n'))
  expect(await report(id)).toEqual({ status: 'succeeded', fetched: 3000, created: 3000, updated: 0, unchanged: 0 })
  const rows = await rowsOf(id)
  expect(rows).toHaveLength(3000)
  expect(rows[6]).toEqual({ no: 7, name: 'Jane, no. 6\nof Köln' })

  const changed = ['no,name', ...lines.with(6, '7,John'), '3001,Ann', ''].join('\n')
  expect(await put(id, changed)).toMatchObject({ changed: true })
  expect(await report(id)).toEqual({ status: 'succeeded', fetched: 3001, created: 1, updated: 1, unchanged: 2999 })
  expect((await rowsOf(id)).filter(({ no }) => [6, 7, 3001].includes(no))).toEqual([
    { no: 6, name: 'Jane, no. 5\nof Köln' },
    { no: 7, name: 'John' },
    { no: 3001, name: 'Ann' },
  ])

  expect(await put(id, changed)).toMatchObject({ changed: false })
  expect(await report(id)).toMatchObject({ status: 'succeeded', created: 0, updated: 0, unchanged: 3001 })
})

test('every one of the rows that are alike is kept, where no column is the key', async () => {
  const id = await connect('alike')
  await put(id, `no\n${'1\n2\n2\n'.repeat(1500)}`)
  expect(await report(id)).toMatchObject({ status: 'succeeded', created: 4500 })
  expect((await rowsOf(id)).filter(({ no }) => no === 2)).toHaveLength(3000)
})

test('a connection that is synced before it has a file stops, says so, and goes on with the file', async () => {
  const id = await connect('early')
  const sync = await deployment.sync(id)
  expect(sync).toMatchObject({ status: 'failed' })
  expect(await connection(id)).toMatchObject({
    status: 'error',
    status_reason: 'csv: this connection has no file; give it one with PUT /v1/connections/:id/content',
  })
  await put(id, 'no\n1\n')
  expect((await connection(id)).status).toBe('active')
  expect(await report(id)).toMatchObject({ status: 'succeeded', created: 1 })
})

test('what is wrong far behind in a large file is told by the sync, which reads nothing of it', async () => {
  const id = await connect('large')
  const line = `1,${'x'.repeat(500_000)}\n`
  await put(id, `no,note\n${line.repeat(40)}1,2,3\n`)
  const sync = await deployment.sync(id)
  expect(sync).toMatchObject({ status: 'failed', resources: [{ fetched: 0 }] })
  expect(await connection(id)).toMatchObject({
    status: 'error',
    status_reason: expect.stringContaining('csv: line 42 has 3 columns where the header has 2'),
  })
})
