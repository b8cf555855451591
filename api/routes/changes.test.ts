import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { makeApiKey } from '../../db/api-keys.ts'
import { appendChanges, dropChanges, type NewChange } from '../../db/changes.ts'
import { createOrg } from '../../db/orgs.ts'
import { asWorker, inOrg } from '../../db/tenancy.ts'
import { createTestDatabase, type TestDatabase } from '../../stack/test-database.ts'
import { createTestApi, type TestApi } from '../test-api.ts'

let database: TestDatabase
let api: TestApi
let sql: postgres.Sql
/** A new one for each test: numbers begin at 1. */
let org: { org_id: string; api_key: string }
beforeAll(async () => {
  database = await createTestDatabase()
  api = await createTestApi(database, inject('temporalAddress'))
  sql = postgres(database.adminUrl, { max: 1 })
})
afterAll(async () => {
  await sql.end()
  await api.close()
  await database.drop()
})
beforeEach(async () => {
  org = await createOrg(database.adminUrl, { name: 'River' })
})

const call = (method: 'GET' | 'PUT' | 'DELETE', path: string, body?: object, key = org.api_key) =>
  api.call(method, `/v1/${path}`, { key, ...(body && { body }) })
const within = <Result>(work: Parameters<typeof inOrg<Result>>[2]) => inOrg(api.db, asWorker(org.org_id), work)

async function append(...changes: Partial<NewChange>[]): Promise<NewChange[]> {
  const rows = changes.map((fields) => ({
    ...{ connection_id: randomUUID(), resource: 'customer', model: 'customer' as const, unified_id: randomUUID() },
    ...{ kind: 'created' as const, ...fields },
  }))
  await within((tx) => appendChanges(tx, org.org_id, rows))
  return rows
}

/** Of the first `count` changes, as if they were old. */
async function dropFirst(count: number): Promise<void> {
  await sql`update changes set changed_at = now() - interval '40 days' where org_id = ${org.org_id} and number <= ${count}`
  expect(await within((tx) => dropChanges(tx, org.org_id, { days: 30, limit: 1000 }))).toBe(count)
}

/** Numbers of a page, and where the next begins. */
async function read(query: string) {
  const { body, status, text } = await call('GET', `changes?${query}`)
  if (status !== 200) throw new Error(text)
  return [body.data.map(({ number }: { number: number }) => number), body.page.next_cursor]
}
const refusal = async (answer: ReturnType<typeof call>) => {
  const { status, body } = await answer
  return [status, body.error?.code]
}

async function viewerKey(): Promise<string> {
  const { key, prefix, hash } = makeApiKey()
  const row = { org_id: org.org_id, id: randomUUID(), name: 'test', role: 'viewer', prefix }
  await sql`insert into api_keys ${sql(row)}`
  await sql`insert into api_key_hashes ${sql({ hash, org_id: row.org_id, api_key_id: row.id })}`
  return key
}

test('a change says which row of which model, from where, and what became of it', async () => {
  const [change] = await append({ model: 'invoice', resource: 'invoice', kind: 'archived' })
  const { body } = await call('GET', 'changes')
  const changed_at = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/)
  expect(body).toEqual({ data: [{ number: 1, ...change, changed_at }], page: { next_cursor: 1 } })
})

test('pages follow each other by number, and the empty one at the end says where to ask again', async () => {
  expect(await read('')).toEqual([[], 0])
  await append({}, {}, {})
  expect(await read('limit=2')).toEqual([[1, 2], 2])
  expect(await read('limit=2&cursor=2')).toEqual([[3], 3])
  expect(await read('limit=2&cursor=3')).toEqual([[], 3])
  await append({})
  expect(await read('cursor=3')).toEqual([[4], 4])
})

test('a filter leaves out the others, and its cursor goes past them', async () => {
  const connection_id = randomUUID()
  await append({ model: 'deal' }, { connection_id }, { model: 'deal', connection_id }, {})
  expect(await read('model=deal')).toEqual([[1, 3], 4])
  expect(await read('model=deal&limit=1')).toEqual([[1], 1])
  expect(await read(`connection_id=${connection_id}&model=deal`)).toEqual([[3], 4])
  expect(await read('model=payment')).toEqual([[], 4])
})

test('latest is behind the newest change', async () => {
  expect(await read('cursor=latest')).toEqual([[], 0])
  await append({}, {})
  expect(await read('cursor=latest')).toEqual([[], 2])
})

test('a reader who waits gets what is committed meanwhile', async () => {
  await append({})
  const waiting = read('cursor=1&model=deal&wait_seconds=30')
  await append({})
  await append({ model: 'deal' })
  expect(await waiting).toEqual([[3], 3])
})

test('a reader who waits for nothing gets an empty page with its cursor', async () => {
  await append({})
  expect(await read('cursor=1&wait_seconds=1')).toEqual([[], 1])
})

test('a reader who waits does not keep the process from ending', async () => {
  let looks = 0
  const transaction: typeof api.db.transaction = (...given) => (looks++, api.db.transaction(...given))
  const db: typeof api.db = Object.assign(Object.create(api.db), { transaction })
  const another = await createTestApi(database, inject('temporalAddress'), { db })
  const waiting = another.call('GET', '/v1/changes?wait_seconds=30')
  while (looks < 3) await sleep(10)
  await another.close()
  const looksThen = looks
  expect((await waiting).body).toEqual({ data: [], page: { next_cursor: 0 } })
  // The one that was under way is the last.
  expect(looks - looksThen).toBeLessThanOrEqual(1)
})

test.each([
  'cursor=-1',
  'cursor=',
  'cursor=1.5',
  'cursor=now',
  'wait_seconds=31',
  'limit=0',
  'limit=1001',
  'model=person',
  'connection_id=1',
  'consumer=A',
  'cursor=1&consumer=a',
  'kind=created',
])('%s is refused, with the name of what is wrong', async (query) => {
  const { status, body } = await call('GET', `changes?${query}`)
  expect([status, body.error.code]).toEqual([400, 'invalid_input'])
})

test('a cursor beyond the newest change is of another feed', async () => {
  await append({})
  const { status, body } = await call('GET', 'changes?cursor=2')
  expect([status, body.error.code]).toEqual([400, 'invalid_cursor'])
  expect(body.error.message).toBe('The cursor is 2, and the newest change is 1')
  expect(await refusal(call('PUT', 'change-consumers/crm', { cursor: 2 }))).toEqual([400, 'invalid_cursor'])
})

test('a cursor older than what was dropped is gone: the tables are read anew, from the latest cursor on', async () => {
  await append({}, {}, {})
  await call('PUT', 'change-consumers/crm', { cursor: 1 })
  await dropFirst(2)
  const { status, body } = await call('GET', 'changes?cursor=1')
  expect([status, body.error.code]).toEqual([410, 'changes_dropped'])
  expect(body.error.message).toBe('The cursor is 1, and changes up to 2 were dropped by age')
  for (const query of ['', '?consumer=crm', '?cursor=1&wait_seconds=5'])
    expect(await refusal(call('GET', `changes${query}`))).toEqual([410, 'changes_dropped'])
  expect(await refusal(call('PUT', 'change-consumers/new', { cursor: 0 }))).toEqual([410, 'changes_dropped'])
  expect(await read('cursor=2')).toEqual([[3], 3])
  await call('PUT', 'change-consumers/crm', { cursor: 3 })
  expect(await read('consumer=crm')).toEqual([[], 3])
})

test('a consumer begins where it stands, and moves on when it says so', async () => {
  await append({}, {}, {})
  const { status, body } = await call('PUT', 'change-consumers/crm', { cursor: 0 })
  expect([status, body.data]).toMatchObject([200, { name: 'crm', cursor: 0 }])
  expect(await read('consumer=crm&limit=2')).toEqual([[1, 2], 2])
  expect(await read('consumer=crm&limit=2')).toEqual([[1, 2], 2])
  await call('PUT', 'change-consumers/crm', { cursor: 2 })
  expect(await read('consumer=crm&limit=2')).toEqual([[3], 3])
})

test('a consumer goes back only if it is forced to', async () => {
  await append({}, {}, {})
  await call('PUT', 'change-consumers/crm', { cursor: 2 })
  expect((await call('PUT', 'change-consumers/crm', { cursor: 2 })).status).toBe(200)
  expect(await refusal(call('PUT', 'change-consumers/crm', { cursor: 1 }))).toEqual([409, 'consumer_is_ahead'])
  expect(await read('consumer=crm')).toEqual([[3], 3])
  expect((await call('PUT', 'change-consumers/crm', { cursor: 1, force: true })).status).toBe(200)
  expect(await read('consumer=crm')).toEqual([[2, 3], 3])
})

test('consumers are listed by name, and forgotten when told to', async () => {
  for (const name of ['b', 'a', 'c']) await call('PUT', `change-consumers/${name}`, { cursor: 0 })
  const { body } = await call('GET', 'change-consumers?limit=2')
  expect(body.data).toMatchObject([
    { name: 'a', cursor: 0 },
    { name: 'b', cursor: 0 },
  ])
  const next = await call('GET', `change-consumers?limit=2&cursor=${body.page.next_cursor}`)
  expect([next.body.data[0].name, next.body.page.next_cursor]).toEqual(['c', null])
  expect((await call('DELETE', 'change-consumers/b')).status).toBe(204)
  expect(await refusal(call('DELETE', 'change-consumers/b'))).toEqual([404, 'not_found'])
  expect(await refusal(call('GET', 'changes?consumer=b'))).toEqual([404, 'not_found'])
})

test.each([{}, { cursor: '1' }, { cursor: null }, { cursor: -1 }, { cursor: 1.5 }, { cursor: 0, forced: true }])(
  'a consumer cannot be put at %o',
  async (body) => {
    expect(await refusal(call('PUT', 'change-consumers/crm', body))).toEqual([400, 'invalid_input'])
  },
)

test('a viewer follows the changes and moves no consumer', async () => {
  await append({})
  await call('PUT', 'change-consumers/crm', { cursor: 0 })
  const key = await viewerKey()
  for (const path of ['changes', 'changes?consumer=crm', 'change-consumers'])
    expect((await call('GET', path, undefined, key)).body.data).toHaveLength(1)
  const refused = [403, 'role_insufficient']
  expect(await refusal(call('PUT', 'change-consumers/crm', { cursor: 1 }, key))).toEqual(refused)
  expect(await refusal(call('DELETE', 'change-consumers/crm', undefined, key))).toEqual(refused)
})

test('an org sees neither the changes of another nor its consumers, whose names it may use too', async () => {
  await append({}, {})
  await call('PUT', 'change-consumers/crm', { cursor: 2 })
  const other = await createOrg(database.adminUrl, { name: 'Other' })
  const get = async (path: string) => (await call('GET', path, undefined, other.api_key)).body
  expect(await get('changes')).toEqual({ data: [], page: { next_cursor: 0 } })
  expect((await get('change-consumers')).data).toEqual([])
  expect((await get('changes?consumer=crm')).error.code).toBe('not_found')
  expect(await refusal(call('DELETE', 'change-consumers/crm', undefined, other.api_key))).toEqual([404, 'not_found'])
  await call('PUT', 'change-consumers/crm', { cursor: 0 }, other.api_key)
  expect((await call('GET', 'change-consumers')).body.data).toMatchObject([{ cursor: 2 }])
})
