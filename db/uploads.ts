/**
 * Content of connections. It comes in as a draft, chunk by chunk in transactions of their own, and becomes the content of its
 * connection, or something derived from that, by getting the name of it.
 */
import { and, desc, eq, lte, sql } from 'drizzle-orm'
import type { ConnectionKey } from './connections.ts'
import { uploadChunks, uploads } from './schema/index.ts'
import type { Tx } from './tenancy.ts'

export type UploadRow = typeof uploads.$inferSelect
/** All chunks of one name. */
export type Content = { revision: string; bytes: number }
/** What came in under the name `draft`, and the name that it is to have. */
export type Draft = Content & { draft: string }
export type Chunk = { revision: string; first_byte: number; content: Buffer }

export const CHUNK_BYTES = 1024 * 1024
/** About what a page of a file is, so that reading a page does not fetch much more. */
const READ_BYTES = 256 * 1024

export async function findUpload(tx: Tx, key: ConnectionKey): Promise<UploadRow | undefined> {
  const [row] = await tx.select().from(uploads).where(ofConnection(uploads, key))
  return row
}

/** At most 256 KiB from byte `from` on; undefined behind the end. (A chunk may be smaller than those that are made today.) */
export async function readUpload(
  tx: Tx,
  key: ConnectionKey,
  revision: string,
  from: number,
): Promise<Buffer | undefined> {
  const { content, first_byte } = uploadChunks
  const [row] = await tx
    .select({
      rest: sql<Buffer>`substring(${content} from (${from}::bigint - ${first_byte} + 1)::int for ${READ_BYTES}::int)`,
    })
    .from(uploadChunks)
    .where(and(ofRevision(key, revision), lte(first_byte, from)))
    .orderBy(desc(first_byte))
    .limit(1)
  return row?.rest.length ? row.rest : undefined
}

/** What there is of a revision; undefined if nothing. */
export async function findContent(tx: Tx, key: ConnectionKey, revision: string): Promise<Content | undefined> {
  const [row] = await tx
    .select({
      bytes: sql<number | null>`max(${uploadChunks.first_byte} + octet_length(${uploadChunks.content}))`.mapWith(
        Number,
      ),
    })
    .from(uploadChunks)
    .where(ofRevision(key, revision))
  return row?.bytes == null ? undefined : { revision, bytes: row.bytes }
}

/**
 * A name for chunks that are about to come. It holds which session asked for it, so that what a process left behind when it
 * died is told from what another one is still writing: sessions end with their process.
 */
export async function openDraft(tx: Tx): Promise<string> {
  const [row] = await tx.execute<{ name: string }>(
    sql`select ${session} || gen_random_uuid() as name from pg_stat_activity where pid = pg_backend_pid()`,
  )
  return row!.name
}

export async function insertChunk(tx: Tx, { org_id, connection_id }: ConnectionKey, chunk: Chunk): Promise<void> {
  await tx.insert(uploadChunks).values({ org_id, connection_id, ...chunk })
}

/** Stores content that is in memory, as that of its connection. */
export async function saveUpload(tx: Tx, key: ConnectionKey, revision: string, content: Buffer): Promise<void> {
  const draft = await openDraft(tx)
  for (let at = 0; at === 0 || at < content.length; at += CHUNK_BYTES)
    await insertChunk(tx, key, { revision: draft, first_byte: at, content: content.subarray(at, at + CHUNK_BYTES) })
  await setUpload(tx, key, { draft, revision, bytes: content.length })
}

/** Thrown where a draft is not whole any more: its session had ended, so another process took it for a dead one's. */
export class LostDraftError extends Error {
  override name = 'LostDraftError'
}

/** Makes a draft the content of its connection. A reader of what was there before finds no more, and starts again. */
export async function setUpload(tx: Tx, key: ConnectionKey, { draft, revision, bytes }: Draft): Promise<UploadRow> {
  const upload = { revision, bytes, created_at: sql`now()` }
  const [row] = await tx
    .insert(uploads)
    .values({ org_id: key.org_id, connection_id: key.connection_id, ...upload })
    .onConflictDoUpdate({ target: [uploads.org_id, uploads.connection_id], set: upload })
    .returning()
  await renameDraft(tx, key, { draft, revision, bytes })
  await dropStale(tx, key)
  return row!
}

/** Keeps a draft as what was derived from the content `of`. False: there is other content by now. */
export async function setDerived(
  tx: Tx,
  key: ConnectionKey,
  { of, ...draft }: Draft & { of: string },
): Promise<boolean> {
  const [upload] = await tx.select().from(uploads).where(ofConnection(uploads, key)).for('update')
  if (upload?.revision !== of) return false
  // Another process may have made the same meanwhile.
  if (!(await findContent(tx, key, draft.revision))) await renameDraft(tx, key, draft)
  return true
}

async function renameDraft(tx: Tx, key: ConnectionKey, { draft, revision, bytes }: Draft): Promise<void> {
  const chunks = await tx
    .update(uploadChunks)
    .set({ revision })
    .where(ofRevision(key, draft))
    .returning({ bytes: sql`octet_length(${uploadChunks.content})`.mapWith(Number) })
  if (chunks.length === 0 || chunks.reduce((sum, chunk) => sum + chunk.bytes, 0) !== bytes)
    throw new LostDraftError('what was stored of the content is gone; send it again')
}

export async function dropChunks(tx: Tx, key: ConnectionKey, revision: string): Promise<void> {
  await tx.delete(uploadChunks).where(ofRevision(key, revision))
}

/** Removes what is neither of the content of now, nor derived from it, nor being written. */
export async function dropStale(tx: Tx, key: ConnectionKey): Promise<void> {
  const { revision } = uploadChunks
  await tx.delete(uploadChunks).where(
    and(
      ofConnection(uploadChunks, key),
      sql`not exists (select from ${uploads} where ${ofConnection(uploads, key)}
        and (${uploads.revision} = ${revision} or starts_with(${revision}, ${uploads.revision} || '/')))`,
      sql`not exists (select from pg_stat_activity where starts_with(${revision}, ${session}))`,
    ),
  )
}

/** The beginning of the names of a session's drafts. */
const session = sql`'draft-' || pid || '-' || extract(epoch from backend_start) || '-'`

const ofRevision = (key: ConnectionKey, revision: string) =>
  and(ofConnection(uploadChunks, key), eq(uploadChunks.revision, revision))

const ofConnection = (table: typeof uploads | typeof uploadChunks, key: ConnectionKey) =>
  and(eq(table.org_id, key.org_id), eq(table.connection_id, key.connection_id))
