import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { releaseQuarantine, upsertQuarantine, type QuarantineWrite } from './quarantine.ts'
import { createTestOrg, type TestOrg } from '../stack/test-org.ts'

let org: TestOrg
beforeAll(async () => {
  org = await createTestOrg()
})
afterAll(() => org.close())

const newKey = async () => ({ ...(await org.connect()), resource: 'thing', collection_key: 'x_thing', sync_id: null })
type Key = Awaited<ReturnType<typeof newKey>>

const bad = (external_id: string, over: Partial<QuarantineWrite> = {}): QuarantineWrite => ({
  id: randomUUID(),
  external_id,
  raw_payload: '{"n": 1.0}',
  hash: '00ff',
  version: 1000,
  reason_code: 'invalid_record',
  reason: 'email: not a text',
  ...over,
})
const put = (key: Key, rows: QuarantineWrite[]) => org.within((tx) => upsertQuarantine(tx, key, rows))
const read = (key: Key) =>
  org.within(async (tx) => [
    ...(await tx.execute(sql`
      select external_id, raw_payload::text as raw, reason_code, reason, attempts, version, last_seen_at from quarantine
      where connection_id = ${key.connection_id} order by external_id`)),
  ])

test('A payload is kept to the letter, whatever is in it', async () => {
  const key = await newKey()
  const raw_payload = '{ "z": 12345678901234567890.10, "a": "\\u0000 \\ud800 \\u001e" , "a": 2}'
  await put(key, [bad('1'), bad('2', { raw_payload })])
  expect((await read(key)).map(({ raw }) => raw)).toEqual(['{"n": 1.0}', raw_payload])
})

test('A reason that quotes what Postgres cannot hold does not stop the batch, nor mix up its rows', async () => {
  const key = await newKey()
  const reason = 'custom_fields.a\u0000b\u001ec\u001f: wrong'
  await put(key, [bad('1'), bad('2', { reason, reason_code: '\u001f' }), bad('3')])
  expect((await read(key)).map((row) => [row.external_id, row.reason_code, row.reason])).toEqual([
    ['1', 'invalid_record', 'email: not a text'],
    ['2', '\ufffd', 'custom_fields.a\ufffdb\ufffdc\ufffd: wrong'],
    ['3', 'invalid_record', 'email: not a text'],
  ])
})

test('The same object with the same fault is seen again, and no attempt; another fault or payload is', async () => {
  const key = await newKey()
  await put(key, [bad('1')])
  const [first] = await read(key)
  await put(key, [bad('1', { version: 2000 })])
  const [second] = await read(key)
  expect(second).toMatchObject({ attempts: 1, version: 2000, raw: first!.raw })
  expect(Date.parse(second!.last_seen_at as string)).toBeGreaterThan(Date.parse(first!.last_seen_at as string))
  const name = { reason: 'name: not a text', version: 2000 }
  await put(key, [bad('1', name)])
  await put(key, [bad('1', { ...name, hash: '01', raw_payload: '{}' })])
  expect(await read(key)).toMatchObject([{ attempts: 3, reason: 'name: not a text', raw: '{}' }])
})

test('What can be mapped leaves it, and only that', async () => {
  const key = await newKey()
  await put(key, [bad('1'), bad('2'), bad('3')])
  const release = (ids: string[], from = key) => {
    const mapped = ids.map((external_id) => ({ external_id, version: 1000 }))
    return org.within((tx) => releaseQuarantine(tx, from, mapped))
  }
  await release([])
  await release(['1', '2'], { ...key, resource: 'else' })
  await release(['2', '4'])
  expect((await read(key)).map(({ external_id }) => external_id)).toEqual(['1', '3'])
})

test('An older state neither takes the place of a newer one nor lets it go', async () => {
  const key = await newKey()
  await put(key, [bad('1', { version: 2000 })])
  await put(key, [bad('1', { version: 1000, hash: '01', raw_payload: '{}' })])
  await org.within((tx) => releaseQuarantine(tx, key, [{ external_id: '1', version: 1999 }]))
  expect(await read(key)).toMatchObject([{ version: 2000, raw: '{"n": 1.0}', attempts: 1 }])
  await org.within((tx) => releaseQuarantine(tx, key, [{ external_id: '1', version: 2000 }]))
  expect(await read(key)).toEqual([])
})
