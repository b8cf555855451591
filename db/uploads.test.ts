import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestOrg, type TestOrg } from '../stack/test-org.ts'
import { createClient } from './client.ts'
import type { ConnectionKey } from './connections.ts'
import { inOrg } from './tenancy.ts'
import {
  dropChunks,
  dropStale,
  findContent,
  findUpload,
  insertChunk,
  LostDraftError,
  openDraft,
  readUpload,
  saveUpload,
  setDerived,
  setUpload,
} from './uploads.ts'

const PART = 256 * 1024
const CHUNK = 1024 * 1024
let org: TestOrg
beforeAll(async () => {
  org = await createTestOrg()
})
afterAll(() => org.close())

/** All that comes from byte `from` on. */
async function readFrom(key: ConnectionKey, revision: string, from: number): Promise<Buffer> {
  const parts: Buffer[] = []
  for (let at = from; ; at += parts.at(-1)!.length) {
    const part = await org.within((tx) => readUpload(tx, key, revision, at))
    if (!part) return Buffer.concat(parts)
    parts.push(part)
  }
}

/** The revisions of which there are chunks. */
const revisions = async ({ connection_id }: ConnectionKey) => {
  const rows = await org.within((tx) =>
    tx.execute<{ revision: string }>(
      sql`select distinct revision from upload_chunks where connection_id = ${connection_id} order by 1`,
    ),
  )
  return rows.map(({ revision }) => revision)
}

const save = (key: ConnectionKey, revision: string, content: Buffer | string) =>
  org.within((tx) => saveUpload(tx, key, revision, Buffer.from(content)))

/** A draft as a session writes it, of one chunk. */
const draft = async (key: ConnectionKey, content: string, db = org.db) => {
  const tenant = { org_id: org.org_id, role: 'editor' } as const
  const name = await inOrg(db, tenant, (tx) => openDraft(tx))
  const chunk = { revision: name, first_byte: 0, content: Buffer.from(content) }
  await inOrg(db, tenant, (tx) => insertChunk(tx, key, chunk))
  return name
}

test('Content is read again from any byte, to its end', async () => {
  const key = await org.connect()
  const content = randomBytes(2.5 * CHUNK)
  await save(key, 'r1', content)
  expect(await org.within((tx) => findUpload(tx, key))).toMatchObject({ revision: 'r1', bytes: content.length })
  const edges = [0, 1, PART - 1, PART, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, content.length - 1]
  for (const from of edges) expect((await readFrom(key, 'r1', from)).equals(content.subarray(from))).toBe(true)
  await fc.assert(
    fc.asyncProperty(fc.nat(content.length - 1), async (from) => {
      const part = await org.within((tx) => readUpload(tx, key, 'r1', from))
      return part!.length > 0 && part!.equals(content.subarray(from, from + part!.length))
    }),
    { numRuns: 20 },
  )
})

test('A part is at most 256 KiB, so that a reader never holds more', async () => {
  const key = await org.connect()
  await save(key, 'r1', randomBytes(2 * CHUNK))
  for (const from of [0, 5, CHUNK - 1, CHUNK]) {
    const part = await org.within((tx) => readUpload(tx, key, 'r1', from))
    expect(part).toHaveLength(from === CHUNK - 1 ? 1 : PART)
  }
})

test.each([0, 1, PART, CHUNK, 2 * CHUNK])('There is nothing behind the end of %i bytes', async (bytes) => {
  const key = await org.connect()
  await save(key, 'r1', randomBytes(bytes))
  expect((await readFrom(key, 'r1', 0)).length).toBe(bytes)
  expect(await org.within((tx) => findContent(tx, key, 'r1'))).toEqual({ revision: 'r1', bytes })
  for (const from of [bytes, bytes + 1, bytes + 10 * CHUNK])
    expect(await org.within((tx) => readUpload(tx, key, 'r1', from))).toBeUndefined()
})

test('New content replaces the old and what was derived from it, whose readers find nothing more', async () => {
  const key = await org.connect()
  await save(key, 'r1', randomBytes(2 * CHUNK))
  const name = await draft(key, 'made of r1')
  await org.within((tx) => setDerived(tx, key, { of: 'r1', draft: name, revision: 'r1/d', bytes: 10 }))
  expect(await revisions(key)).toEqual(['r1', 'r1/d'])
  await save(key, 'r2', 'short')
  expect(await org.within((tx) => findUpload(tx, key))).toMatchObject({ revision: 'r2', bytes: 5 })
  expect((await readFrom(key, 'r2', 0)).toString()).toBe('short')
  for (const revision of ['r1', 'r1/d'])
    expect(await org.within((tx) => readUpload(tx, key, revision, CHUNK))).toBeUndefined()
  expect(await revisions(key)).toEqual(['r2'])
})

test('Content that comes back is whole', async () => {
  const key = await org.connect()
  const content = randomBytes(1.5 * CHUNK)
  for (const [revision, bytes] of [
    ['r1', content],
    ['r2', Buffer.from('x')],
    ['r1', content],
  ] as const)
    await save(key, revision, bytes)
  expect((await readFrom(key, 'r1', 0)).equals(content)).toBe(true)
  expect(await readFrom(key, 'r2', 0)).toHaveLength(0)
})

test('A connection without an upload has none, and does not see that of another', async () => {
  const [one, other] = [await org.connect(), await org.connect()]
  await save(one, 'r1', 'one')
  expect(await org.within((tx) => findUpload(tx, other))).toBeUndefined()
  expect(await org.within((tx) => findContent(tx, other, 'r1'))).toBeUndefined()
  expect(await org.within((tx) => readUpload(tx, other, 'r1', 0))).toBeUndefined()
})

test('Nothing is derived from content that is replaced by now, and the same is kept once', async () => {
  const key = await org.connect()
  await save(key, 'r1', 'content')
  const derive = async (of: string, content: string) => {
    const name = await draft(key, content)
    return org.within(async (tx) => {
      const isKept = await setDerived(tx, key, { of, draft: name, revision: `${of}/d`, bytes: content.length })
      await dropChunks(tx, key, name)
      return isKept
    })
  }
  expect(await derive('r0', 'late')).toBe(false)
  expect([await derive('r1', 'first'), await derive('r1', 'second')]).toEqual([true, true])
  expect((await readFrom(key, 'r1/d', 0)).toString()).toBe('first')
  expect(await revisions(key)).toEqual(['r1', 'r1/d'])
})

test('A draft that is not whole becomes nobody’s content', async () => {
  const key = await org.connect()
  await save(key, 'r1', 'content')
  const name = await draft(key, 'half of')
  for (const [from, bytes] of [
    [name, 14],
    ['draft-of-nobody', 0],
  ] as const) {
    const set = org.within((tx) => setUpload(tx, key, { draft: from, revision: 'r2', bytes }))
    await expect(set).rejects.toBeInstanceOf(LostDraftError)
  }
  expect(await org.within((tx) => findUpload(tx, key))).toMatchObject({ revision: 'r1' })
  expect((await readFrom(key, 'r1', 0)).toString()).toBe('content')
})

test('What a session has left behind goes when it has ended; what another is still writing stays', async () => {
  const key = await org.connect()
  await save(key, 'r1', 'content')
  const dying = createClient(org.appUrl, { max: 1 })
  const [left, alive] = [await draft(key, 'half of', dying.db), await draft(key, 'at work')]
  const swept = async () => {
    await org.within((tx) => dropStale(tx, key))
    return revisions(key)
  }
  expect(await swept()).toEqual([left, alive, 'r1'].toSorted())
  await dying.close()
  await expect.poll(swept, { timeout: 60_000 }).toEqual([alive, 'r1'].toSorted())
})
