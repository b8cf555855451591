import { and, eq, gt, lte, ne } from 'drizzle-orm'
import { uploadChunks, uploads } from './schema/index.ts'
import type { Tx } from './tenancy.ts'

type Key = { org_id: string; connection_id: string }
/** About what a page of a file is, so that reading a page does not fetch much more. */
const CHUNK_BYTES = 256 * 1024

/** Replaces the content of a connection. A reader of the old revision finds no more chunks and starts again. */
export async function saveUpload(tx: Tx, key: Key, revision: string, content: Buffer): Promise<void> {
  const upload = { revision, bytes: content.length }
  await tx
    .insert(uploads)
    .values({ ...key, ...upload })
    .onConflictDoUpdate({ target: [uploads.org_id, uploads.connection_id], set: upload })
  await tx.delete(uploadChunks).where(and(ofConnection(uploadChunks, key), ne(uploadChunks.revision, revision)))
  for (let first = 0; first < content.length; first += CHUNK_BYTES) {
    const chunk = { ...key, revision, first_byte: first, content: content.subarray(first, first + CHUNK_BYTES) }
    await tx.insert(uploadChunks).values(chunk).onConflictDoNothing()
  }
}

export async function findUpload(tx: Tx, key: Key): Promise<{ revision: string; bytes: number } | undefined> {
  const [row] = await tx.select().from(uploads).where(ofConnection(uploads, key))
  return row
}

/** The chunk that holds byte `from`, cut to begin there; undefined behind the end. */
export async function readUploadChunk(tx: Tx, key: Key, revision: string, from: number): Promise<Buffer | undefined> {
  const [row] = await tx
    .select()
    .from(uploadChunks)
    .where(
      and(
        ofConnection(uploadChunks, key),
        eq(uploadChunks.revision, revision),
        lte(uploadChunks.first_byte, from),
        gt(uploadChunks.first_byte, from - CHUNK_BYTES),
      ),
    )
  const rest = row?.content.subarray(from - row.first_byte)
  return rest?.length ? rest : undefined
}

const ofConnection = (table: typeof uploads | typeof uploadChunks, key: Key) =>
  and(eq(table.org_id, key.org_id), eq(table.connection_id, key.connection_id))
