import { randomBytes } from 'node:crypto'
import { buffer, text } from 'node:stream/consumers'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestOrg, type TestOrg } from '../stack/test-org.ts'
import { saveUpload, setUpload } from '../db/uploads.ts'
import { withDraft, type Source, type Store } from './draft.ts'
import { revisionOf, storedUpload } from './upload.ts'

const MIB = 1024 * 1024
let org: TestOrg
beforeAll(async () => {
  org = await createTestOrg()
})
afterAll(() => org.close())

const newStore = async (): Promise<Store> => {
  const { connection_id } = await org.connect()
  return { db: org.db, tenant: { org_id: org.org_id, role: 'editor' }, connection_id }
}
const keyOf = ({ connection_id }: Store) => ({ org_id: org.org_id, connection_id })
const store = (to: Store, source: Source) =>
  withDraft(to, source, (draft) => org.within((tx) => setUpload(tx, keyOf(to), draft)))

/** Bytes that are stored of each revision. */
const stored = async ({ connection_id }: Store) => {
  const rows = await org.within((tx) =>
    tx.execute<{ revision: string; bytes: number }>(
      sql`select revision, sum(octet_length(content))::int as bytes from upload_chunks
        where connection_id = ${connection_id} group by 1 order by 1`,
    ),
  )
  return rows.map(({ revision, bytes }) => [revision.replace(/^draft-.*/, 'draft'), bytes])
}

test.each([[[]], [[0]], [[1, 2, 3]], [[MIB]], [[MIB - 1, 2]], [[3 * MIB + 5]], [[MIB, MIB, 0, 1]]])(
  'Content that comes in pieces of %j bytes is stored as it is, under the hash of it all',
  async (lengths) => {
    const pieces = lengths.map((length) => randomBytes(length))
    const content = Buffer.concat(pieces)
    const to = await newStore()
    const upload = await store(to, pieces)
    expect(upload).toMatchObject({ revision: revisionOf(content), bytes: content.length })
    expect((await buffer(storedUpload(to, upload).open(0))).equals(content)).toBe(true)
    expect(await stored(to)).toEqual([[upload.revision, content.length]])
  },
)

test('No more than a chunk of what came is in memory, however much that is', async () => {
  const to = await newStore()
  const piece = randomBytes(64 * 1024)
  let [given, most] = [0, 0]
  const source = async function* () {
    while (given < 12 * MIB) {
      const [draft] = await stored(to)
      most = Math.max(most, given - Number(draft?.[1] ?? 0))
      given += piece.length
      yield piece
    }
  }
  await store(to, source())
  expect(most).toBeLessThanOrEqual(MIB)
})

test('What breaks off, or is wanted by nobody, leaves nothing', async () => {
  const to = await newStore()
  await org.within((tx) => saveUpload(tx, keyOf(to), 'r1', Buffer.from('content')))
  const broken = async function* () {
    yield randomBytes(2 * MIB)
    expect(await stored(to)).toEqual([
      ['draft', MIB],
      ['r1', 7],
    ])
    throw new Error('broken off')
  }
  await expect(store(to, broken())).rejects.toThrow('broken off')
  await withDraft(to, [Buffer.from('x')], () => Promise.resolve())
  expect(await stored(to)).toEqual([['r1', 7]])
})

test('What is made of content is made once, for whoever asks, and a viewer may ask', async () => {
  const to = await newStore()
  await store(to, [Buffer.from('content')])
  let made = 0
  const make = async function* () {
    made++
    yield Buffer.from('made of ')
    yield* upload.open(0)
  }
  const content = { revision: revisionOf(Buffer.from('content')), bytes: 7 }
  const upload = storedUpload({ ...to, tenant: { org_id: org.org_id, role: 'viewer' } }, content)
  expect(await text((await upload.derive('d', make)).open(0))).toBe('made of content')
  expect(await text((await storedUpload(to, content).derive('d', make)).open(5))).toBe('of content')
  expect(made).toBe(1)
  await upload.derive('other', make)
  expect(made).toBe(2)
})

test('Several who ask at once for what is made of content get the same', async () => {
  const to = await newStore()
  const upload = storedUpload(to, await store(to, [Buffer.from('content')]))
  let made = 0
  const make = async function* () {
    yield Buffer.from(`${++made}`)
  }
  const derived = await Promise.all([1, 2, 3].map(() => upload.derive('d', make)))
  const texts = await Promise.all(derived.map((one) => text(one.open(0))))
  expect(new Set(texts).size).toBe(1)
  expect(await stored(to)).toHaveLength(2)
})

test('Nothing is kept of what could not be made, or was made of content that has been replaced', async () => {
  const to = await newStore()
  const upload = storedUpload(to, await store(to, [Buffer.from('content')]))
  const fail = async function* () {
    yield Buffer.from('half')
    throw new Error('cannot be made')
  }
  await expect(upload.derive('d', fail)).rejects.toThrow('cannot be made')
  const late = async function* () {
    yield Buffer.from('late')
    await store(to, [Buffer.from('another')])
  }
  await expect(upload.derive('d', late)).rejects.toMatchObject({ code: 'cursor_expired' })
  await expect(text(upload.open(0))).rejects.toMatchObject({ code: 'cursor_expired' })
  expect(await stored(to)).toEqual([[revisionOf(Buffer.from('another')), 7]])
})
