import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { text } from 'node:stream/consumers'
import postgres from 'postgres'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import type { Json } from '@tributary/sdk'
import { makeApiKey } from '../../db/api-keys.ts'
import { createOrg } from '../../db/orgs.ts'
import { asWorker } from '../../db/tenancy.ts'
import { openConnection } from '../../engine/open.ts'
import { createTestDatabase, type TestDatabase } from '../../stack/test-database.ts'
import { createLog } from '../log.ts'
import { createTestApi, type TestApi } from '../test-api.ts'

const MB = 1_000_000
const LIMIT = 48 * MB
const FORM = 'multipart/form-data; boundary=xxx'
const SMALL = 'id,name\n1,Ada\n'

let database: TestDatabase
let api: TestApi
let sql: postgres.Sql
let port: number
/** Of the connection of this test, which has the content SMALL. */
let id: string
const log: string[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  const changes = { uploadMaxBytes: LIMIT, log: createLog('trace', { write: (line) => void log.push(line) }) }
  api = await createTestApi(database, inject('temporalAddress'), changes)
  sql = postgres(database.adminUrl, { max: 2 })
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  ;({ port } = api.app.server.address() as AddressInfo)
})
afterAll(async () => {
  await sql.end()
  await api.close()
  await database.drop()
})
beforeEach(async () => {
  const body = { connector: 'csv', name: 'File', app_key: `file-${randomUUID().slice(0, 8)}`, content: SMALL }
  id = (await api.call('POST', '/v1/connections', { body })).body.data.id
})

/** A PUT whose body is written while it is under way. */
function put(type: string, options: { key?: string; headers?: Record<string, string>; connection?: string } = {}) {
  const { key = api.org.api_key, headers, connection = id } = options
  const path = `/v1/connections/${connection}/content`
  const authorization = `Bearer ${key}`
  const client = request({ port, path, method: 'PUT', headers: { authorization, 'content-type': type, ...headers } })
  client.on('error', () => {}) // whoever waits for the answer is told below
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    client.once('response', resolve)
    client.once('close', () => reject(new Error('the connection was closed before an answer came')))
  }).then(async (response) => ({ status: response.statusCode, body: JSON.parse(await text(response)) }))
  answer.catch(() => {})
  return { client, answer }
}

async function putAll(
  type: string,
  body: Iterable<string> | AsyncIterable<string>,
  options: Parameters<typeof put>[1] = {},
) {
  const { client, answer } = put(type, options)
  Readable.from(body, { highWaterMark: 1 }).pipe(client)
  return answer
}

const form = function* (content: Iterable<string>, name = 'file') {
  yield `--xxx\r\ncontent-disposition: form-data; name="note"\r\n\r\nhello\r\n`
  yield `--xxx\r\ncontent-disposition: form-data; name="${name}"; filename="a.csv"\r\ncontent-type: text/csv\r\n\r\n`
  yield* content
  yield '\r\n--xxx--\r\n'
}

/** Rows with all that makes files awkward, a thousand at a time. */
const rowsOf = function* (count: number, mark = '') {
  for (let n = 0; n < count; n++)
    yield {
      id: String(n).padStart(7, '0'),
      name: ['Jürgen Groß', 'Ada, Countess', 'Says "hi"', '請求書\nof two lines', ' spaced '][n % 5]! + mark,
      amount: `${n % 1000}.50`,
      note: n % 3 === 0 ? null : `note of row ${n} `.repeat(1 + (n % 4)).trim(),
    }
}
const quoted = (field: string | null) => (field === null ? '' : `"${field.replaceAll('"', '""')}"`)
const csvOf = function* (count: number, mark = '') {
  let lines = 'id,name,amount,note\r\n'
  for (const row of rowsOf(count, mark)) {
    lines += `${row.id},${quoted(row.name)},${row.amount},${quoted(row.note)}\r\n`
    if (lines.length < 100_000) continue
    yield lines
    lines = ''
  }
  yield lines
}
const digest = (content: Iterable<string>) => {
  const hash = createHash('sha256')
  for (const piece of content) hash.update(piece)
  return hash.digest('hex').slice(0, 32)
}

const content = async () => (await api.call('GET', `/v1/connections/${id}/content`)).body.data
/** What is stored for the connection, by its name: `draft` is what has no name yet. */
const stored = async () => {
  const rows =
    await sql`select revision, sum(octet_length(content))::int as bytes, max(octet_length(content)) as largest
    from upload_chunks where connection_id = ${id} group by revision order by revision`
  return rows.map(({ revision, bytes, largest }) => ({ of: revision.replace(/^draft-.*/, 'draft'), bytes, largest }))
}
/** A busy machine makes it slow, not wrong. */
const eventually = <Value>(read: () => Value) => expect.poll(read, { timeout: 60_000 })
const bytesOfDraft = async () => (await stored()).find(({ of }) => of === 'draft')?.bytes ?? 0

describe('a file', () => {
  test.each([
    ['a form', FORM, form, 470_000],
    ['the body itself', 'text/csv; charset=utf-8', (content: Iterable<string>) => content, 40_000],
    ['a body of bytes', 'application/octet-stream', (content: Iterable<string>) => content, 40_000],
  ])('as %s is stored as it is, in chunks of a MiB, and its rows are read', async (_name, type, wrap, rows) => {
    const { status, body } = await putAll(type, wrap(csvOf(rows)))
    expect([status, body.data]).toMatchObject([200, { revision: digest(csvOf(rows)), changed: true }])
    expect(body.data.bytes).toBeGreaterThan(rows * 60)
    expect(await content()).toMatchObject({ revision: body.data.revision, bytes: body.data.bytes })
    expect(await stored()).toEqual([{ of: body.data.revision, bytes: body.data.bytes, largest: 1024 * 1024 }])
    expect(await countRowsThatDiffer(rowsOf(rows))).toBe(0)
  })

  test('that is the same again keeps its revision, and is said to be', async () => {
    const first = await putAll(FORM, form(csvOf(10)))
    const again = await putAll('text/csv', csvOf(10))
    expect(again).toEqual({ status: 200, body: { data: { ...first.body.data, changed: false } } })
    expect(await stored()).toEqual([expect.objectContaining({ of: first.body.data.revision })])
    const other = await putAll('text/csv', csvOf(11))
    expect(other.body.data).toMatchObject({ changed: true, revision: digest(csvOf(11)) })
  })

  test('that is refused leaves the content as it was', async () => {
    const refused = await putAll('text/csv', ['id,name\n1,Ada\n2,Grace,Hopper\n'])
    expect([refused.status, refused.body.error]).toMatchObject([
      422,
      { code: 'config_invalid', message: expect.stringContaining('line 3 has 3 columns') },
    ])
    expect(await content()).toMatchObject({ bytes: SMALL.length })
    expect(await stored()).toHaveLength(1)
  })

  test('lets a connection go on that was stopped by the one before', async () => {
    await sql`update connections set status = 'error', status_reason = 'csv: line 7 …' where id = ${id}`
    await putAll('text/csv', csvOf(3))
    const { body } = await api.call('GET', `/v1/connections/${id}`)
    expect(body.data).toMatchObject({ status: 'active', status_reason: null })
  })

  test.each([
    ['text/plain', ['x'], 415, 'unsupported_media_type'],
    [FORM, ['--xxx--\r\n'], 400, 'invalid_input'],
    [FORM, ['--xxx\r\ncontent-disposition: form-data; name="file"\r\n\r\nid\r\n--xxx--\r\n'], 400, 'invalid_input'],
    [FORM, [[...form([SMALL])].join('').replace('--xxx--', ''), ...form([SMALL])], 400, 'invalid_input'],
    [FORM, [[...form([SMALL])].join('').slice(0, -12)], 400, 'invalid_input'],
    ['multipart/form-data', [...form([SMALL])], 400, 'invalid_input'],
    ['application/json', ['{}'], 400, 'invalid_input'],
    ['application/json', ['{"file":"x"}'], 400, 'invalid_input'],
  ])('in a body of %s that says %j is refused', async (type, body, status, code) => {
    const answer = await putAll(type, body)
    expect([answer.status, answer.body.error?.code]).toEqual([status, code])
    expect(await content()).toMatchObject({ bytes: SMALL.length })
    expect(await stored()).toHaveLength(1)
  })

  test('that was compressed on its way is refused, since it would be kept so', async () => {
    const answer = await putAll('text/csv', csvOf(3), { headers: { 'content-encoding': 'gzip' } })
    expect([answer.status, answer.body.error.code]).toEqual([415, 'unsupported_media_type'])
  })

  test('still comes as text or as base64 in JSON, where it is small', async () => {
    const url = `/v1/connections/${id}/content`
    const { status, body } = await api.call('PUT', url, { body: { content: 'id\n7\n' } })
    expect([status, body.data]).toMatchObject([200, { bytes: 5, changed: true }])
    const base64 = await api.call('PUT', url, { body: { content_base64: Buffer.from('id\n7\n').toString('base64') } })
    expect(base64.body.data).toEqual({ ...body.data, changed: false })
    const large = await api.call('PUT', url, { body: { content: 'x'.repeat(10 * MB + 1) } })
    expect([large.status, large.body.error.code]).toEqual([413, 'payload_too_large'])
  })
})

/** Reads the connection as a worker does, and counts the rows that are not as they should be, or not there. */
async function countRowsThatDiffer(expected: Generator<object>): Promise<number> {
  const { adapter } = await openConnection(api.deps, asWorker(api.org.org_id), id, {
    signal: new AbortController().signal,
    priority: 'live',
  })
  const [resource] = await adapter.discover!()
  let [different, after] = [0, undefined as Json | undefined]
  for (let more = true; more;) {
    const page = await adapter.read!({ resource: resource!, scan: 'full', limit: 5000, after })
    for (const { payload } of page.items)
      if (JSON.stringify(payload) !== JSON.stringify(expected.next().value)) different++
    ;({ more, next: after } = page)
  }
  return different + [...expected].length
}

describe('a slow or broken upload', () => {
  const half = function* () {
    for (const piece of csvOf(60_000)) yield piece
  }

  test.each([
    ['the body itself', 'text/csv', ''],
    ['a form', FORM, [...form([])].slice(0, 2).join('')],
  ])('that breaks off as %s leaves the content as it was, and nothing else', async (_name, type, head) => {
    const { client, answer } = put(type)
    client.write(head)
    for (const piece of half()) client.write(piece)
    await eventually(bytesOfDraft).toBeGreaterThan(2 * MB)
    client.destroy()
    await expect(answer).rejects.toThrow('closed before an answer')
    await eventually(stored).toEqual([{ of: digest([SMALL]), bytes: SMALL.length, largest: SMALL.length }])
    expect(await content()).toMatchObject({ bytes: SMALL.length })
    expect(log.filter((line) => line.includes('unexpected'))).toEqual([])
  })

  test('that ends before its declared length does not count as whole', async () => {
    const { client, answer } = put('text/csv', { headers: { 'content-length': '1000' } })
    client.write(SMALL, () => client.socket!.end())
    expect(
      await answer.then(
        ({ status }) => status,
        () => 'closed',
      ),
    ).not.toBe(200)
    expect(await content()).toMatchObject({ bytes: SMALL.length })
  })

  test('holds no transaction open while it waits for more', async () => {
    const { client, answer } = put('text/csv')
    for (const piece of half()) client.write(piece)
    await eventually(bytesOfDraft).toBeGreaterThan(2 * MB)
    await eventually(
      () => sql`select from pg_stat_activity where usename = 'tributary_app' and xact_start is not null`,
    ).toEqual([])
    expect(await content()).toMatchObject({ bytes: SMALL.length })
    client.end()
    expect((await answer).body.data.revision).toBe(digest(half()))
  })

  test('has what a process that died left behind removed by the next one', async () => {
    const chunk = { org_id: api.org.org_id, connection_id: id, first_byte: 0, content: Buffer.from('id\n') }
    await sql`insert into upload_chunks ${sql({ ...chunk, revision: 'draft-1-1764000000.123456-x' })}`
    await putAll('text/csv', csvOf(3))
    expect(await stored()).toEqual([expect.objectContaining({ of: digest(csvOf(3)) })])
  })
})

test('Of two at once, the one that finishes later wins, and nothing of the other is in it', async () => {
  const [slow, fast] = [put('text/csv'), put(FORM)]
  const halves = [...csvOf(30_000, ' of slow')]
  for (const piece of halves.slice(0, 15)) slow.client.write(piece)
  await eventually(bytesOfDraft).toBeGreaterThan(MB)
  Readable.from(form(csvOf(20_000, ' of fast'))).pipe(fast.client)
  expect((await fast.answer).body.data.revision).toBe(digest(csvOf(20_000, ' of fast')))
  expect(await countRowsThatDiffer(rowsOf(20_000, ' of fast'))).toBe(0)
  for (const piece of halves.slice(15)) slow.client.write(piece)
  slow.client.end()
  expect((await slow.answer).body.data).toMatchObject({ revision: digest(halves), changed: true })
  expect(await countRowsThatDiffer(rowsOf(30_000, ' of slow'))).toBe(0)
  expect((await stored()).map(({ of }) => of.split('/')[0])).toEqual([digest(halves), digest(halves)])
})

describe('what is too large', () => {
  /** As simple clients do. (That of Node stops sending when it has an answer.) */
  async function sendThenListen(type: string, pieces: Iterable<string>): Promise<string> {
    const socket = connect(port, '127.0.0.1')
    const head = [
      `PUT /v1/connections/${id}/content HTTP/1.1`,
      'host: localhost',
      `authorization: Bearer ${api.org.api_key}`,
      `content-type: ${type}`,
      'transfer-encoding: chunked',
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n`)
    for (const piece of pieces)
      if (!socket.write(`${piece.length.toString(16)}\r\n${piece}\r\n`)) await once(socket, 'drain')
    socket.end('0\r\n\r\n')
    return text(socket)
  }

  /** Twice what is allowed. */
  const body = function* (head: string) {
    yield head
    for (let bytes = 0; bytes < 2 * LIMIT; bytes += MB) yield `${'x'.repeat(99)}\n`.repeat(10_000)
  }

  test.each([
    ['as the body itself', 'text/csv', 'note\n'],
    ['as a form', FORM, `${[...form([])].slice(0, 2).join('')}note\n`],
  ])(
    'is refused behind the limit %s, also where the client sends it all before it listens',
    async (_name, type, head) => {
      const answer = await sendThenListen(type, body(head))
      expect(answer).toMatch(/^HTTP\/1.1 413 /)
      expect(answer).toContain(`"code":"payload_too_large","message":"The content is larger than ${LIMIT} bytes`)
      expect(await stored()).toEqual([expect.objectContaining({ of: digest([SMALL]) })])
    },
  )

  test('is refused at once where its length is told', async () => {
    const { client, answer } = put('text/csv', { headers: { 'content-length': String(LIMIT + MB) } })
    client.write(SMALL)
    const { status, body } = await answer
    client.destroy()
    expect([status, body.error.code]).toEqual([413, 'payload_too_large'])
  })
})

const gate = () => {
  let open = () => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { open, opened }
}

test('A client that sends faster than chunks can be stored has to wait', async () => {
  const [locked, unlocked] = [gate(), gate()]
  let taken = 0
  const body = async function* () {
    for (; taken < 45 * MB; taken += MB) {
      if (taken === 3 * MB) await locked.opened
      yield `${'x'.repeat(99)}\n`.repeat(10_000)
    }
  }
  const answer = putAll('text/csv', body())
  await eventually(bytesOfDraft).toBeGreaterThan(MB)
  const locking = sql.begin(async (tx) => {
    await tx`lock table upload_chunks in exclusive mode`
    locked.open()
    await unlocked.opened
  })
  await locked.opened
  for (let before = -1; taken !== before; await sleep(1000)) before = taken
  // What the sockets of both sides hold is some megabytes.
  expect(taken).toBeLessThan(25 * MB)
  unlocked.open()
  await locking
  expect((await answer).body.data).toMatchObject({ bytes: 45 * MB })
})

test('Only editors of the same org may give content', async () => {
  const { key, prefix, hash } = makeApiKey()
  const viewer = { org_id: api.org.org_id, id: randomUUID(), name: 'viewer', role: 'viewer', prefix }
  await sql`insert into api_keys ${sql(viewer)}`
  await sql`insert into api_key_hashes ${sql({ hash, org_id: viewer.org_id, api_key_id: viewer.id })}`
  const stranger = await createOrg(database.adminUrl, { name: 'Other' })
  const answers = [
    await putAll('text/csv', csvOf(3), { key }),
    await putAll('text/csv', csvOf(3), { key: stranger.api_key }),
    await putAll(FORM, form(csvOf(3)), { connection: randomUUID() }),
    await putAll('text/csv', csvOf(3), { key: 'trb_none' }),
  ]
  expect(answers.map(({ status, body }) => [status, body.error.code])).toEqual([
    [403, 'role_insufficient'],
    [404, 'not_found'],
    [404, 'not_found'],
    [401, 'unauthorized'],
  ])
  expect((await api.call('GET', `/v1/connections/${id}/content`, { key })).status).toBe(200)
  expect((await api.call('GET', `/v1/connections/${id}/content`, { key: stranger.api_key })).status).toBe(404)
  expect(await stored()).toEqual([expect.objectContaining({ of: digest([SMALL]) })])
})

test('A connection may wait for its content, and says what is missing', async () => {
  const body = { connector: 'csv', name: 'Later', app_key: 'later', config: { key_column: 'id' } }
  const created = await api.call('POST', '/v1/connections', { body })
  expect([created.status, created.body.data.status]).toEqual([201, 'active'])
  const none = await api.call('GET', '/v1/connections/later/content')
  expect([none.status, none.body.error.message]).toEqual([404, expect.stringContaining('has no content')])
  const read = await api.call('GET', '/v1/connections/later/data/row')
  expect([read.status, read.body.error.message]).toEqual([
    422,
    expect.stringContaining('PUT /v1/connections/:id/content'),
  ])
  const refused = await putAll('text/csv', ['no,name\n1,Ada\n'], { connection: 'later' })
  expect(refused.body.error.message).toContain('key_column is "id"')
  expect((await putAll('text/csv', csvOf(3), { connection: 'later' })).status).toBe(200)
  expect((await api.call('GET', '/v1/connections/later/data/row')).body.data.rows).toHaveLength(3)
})

test('Neither a key nor what stands in a file is in the log, however much it tells', async () => {
  await putAll(FORM, form(csvOf(3, ' secretly')))
  expect(log.length).toBeGreaterThan(10)
  expect(log.join('')).not.toMatch(/trb_|secretly/)
})
