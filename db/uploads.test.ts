import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestOrg, type TestOrg } from '../stack/test-org.ts'
import type { ConnectionKey } from './connections.ts'
import { findUpload, readUploadChunk, saveUpload } from './uploads.ts'

const CHUNK = 256 * 1024
let org: TestOrg
beforeAll(async () => {
  org = await createTestOrg()
})
afterAll(() => org.close())

/** All that comes from byte `from` on. */
async function readFrom(key: ConnectionKey, revision: string, from: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  for (let at = from; ; at += chunks.at(-1)!.length) {
    const chunk = await org.within((tx) => readUploadChunk(tx, key, revision, at))
    if (!chunk) return Buffer.concat(chunks)
    chunks.push(chunk)
  }
}

test('Content is read again from any byte, to its end', async () => {
  const key = await org.connect()
  const content = randomBytes(2.5 * CHUNK)
  await org.within((tx) => saveUpload(tx, key, 'r1', content))
  expect(await org.within((tx) => findUpload(tx, key))).toMatchObject({ revision: 'r1', bytes: content.length })
  const edges = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, content.length - 1]
  for (const from of edges) expect((await readFrom(key, 'r1', from)).equals(content.subarray(from))).toBe(true)
  await fc.assert(
    fc.asyncProperty(fc.nat(content.length - 1), async (from) => {
      const chunk = await org.within((tx) => readUploadChunk(tx, key, 'r1', from))
      return chunk!.length > 0 && chunk!.equals(content.subarray(from, from + chunk!.length))
    }),
    { numRuns: 20 },
  )
})

test('A chunk is at most 256 KiB, so that a reader never holds more', async () => {
  const key = await org.connect()
  await org.within((tx) => saveUpload(tx, key, 'r1', randomBytes(3 * CHUNK)))
  const chunk = await org.within((tx) => readUploadChunk(tx, key, 'r1', 0))
  expect(chunk).toHaveLength(CHUNK)
})

test.each([0, 1, CHUNK, 2 * CHUNK])('There is nothing behind the end of %i bytes', async (bytes) => {
  const key = await org.connect()
  await org.within((tx) => saveUpload(tx, key, 'r1', randomBytes(bytes)))
  expect((await readFrom(key, 'r1', 0)).length).toBe(bytes)
  for (const from of [bytes, bytes + 1, bytes + 10 * CHUNK])
    expect(await org.within((tx) => readUploadChunk(tx, key, 'r1', from))).toBeUndefined()
})

test('New content replaces the old, whose readers find nothing more', async () => {
  const key = await org.connect()
  await org.within((tx) => saveUpload(tx, key, 'r1', randomBytes(2 * CHUNK)))
  await org.within((tx) => saveUpload(tx, key, 'r2', Buffer.from('short')))
  expect(await org.within((tx) => findUpload(tx, key))).toMatchObject({ revision: 'r2', bytes: 5 })
  expect((await readFrom(key, 'r2', 0)).toString()).toBe('short')
  expect(await org.within((tx) => readUploadChunk(tx, key, 'r1', CHUNK))).toBeUndefined()
  const kept = await org.within((tx) =>
    tx.execute(sql`select 1 from upload_chunks where connection_id = ${key.connection_id}`),
  )
  expect(kept).toHaveLength(1)
})

test('The same content again is the same, and content that comes back is whole', async () => {
  const key = await org.connect()
  const content = randomBytes(1.5 * CHUNK)
  for (const [revision, bytes] of [
    ['r1', content],
    ['r1', content],
    ['r2', Buffer.from('x')],
    ['r1', content],
  ] as const)
    await org.within((tx) => saveUpload(tx, key, revision, bytes))
  expect((await readFrom(key, 'r1', 0)).equals(content)).toBe(true)
  expect(await readFrom(key, 'r2', 0)).toHaveLength(0)
})

test('A connection without an upload has none, and does not see that of another', async () => {
  const [one, other] = [await org.connect(), await org.connect()]
  await org.within((tx) => saveUpload(tx, one, 'r1', Buffer.from('one')))
  expect(await org.within((tx) => findUpload(tx, other))).toBeUndefined()
  expect(await org.within((tx) => readUploadChunk(tx, other, 'r1', 0))).toBeUndefined()
})
