import { createHash } from 'node:crypto'
import type { Database } from '../db/client.ts'
import type { ConnectionKey } from '../db/connections.ts'
import { inOrg, type Tenant } from '../db/tenancy.ts'
import { CHUNK_BYTES, dropChunks, dropStale, insertChunk, openDraft, type Draft } from '../db/uploads.ts'

export type Store = { db: Database; tenant: Tenant; connection_id: string }
/** Content that comes in pieces of any length. */
export type Source = AsyncIterable<Buffer> | Iterable<Buffer>

/**
 * Stores what comes, and hands it to `use` under the name of its content. No more than a chunk of it is in memory: the next
 * piece is taken when what came before is stored. Each chunk is a transaction of its own, since a source may be slow.
 * What `use` has given no other name is gone at the end, as it is when the source breaks off.
 */
export async function withDraft<Result>(
  store: Store,
  source: Source,
  use: (draft: Draft) => Promise<Result>,
): Promise<Result> {
  const { db, tenant } = store
  const key = keyOf(store)
  const draft = await inOrg(db, tenant, async (tx) => {
    await dropStale(tx, key)
    return openDraft(tx)
  })
  try {
    return await use({ draft, ...(await write(store, draft, source)) })
  } finally {
    await inOrg(db, tenant, (tx) => dropChunks(tx, key, draft))
  }
}

async function write(store: Store, draft: string, source: Source): Promise<{ revision: string; bytes: number }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const content of inChunks(source)) {
    hash.update(content)
    const chunk = { revision: draft, first_byte: bytes, content }
    await inOrg(store.db, store.tenant, (tx) => insertChunk(tx, keyOf(store), chunk))
    bytes += content.length
  }
  return { revision: hash.digest('hex').slice(0, 32), bytes }
}

/** Chunks of one length but for the last, which is empty where nothing came. Each is valid until the next is asked for. */
async function* inChunks(source: Source): AsyncGenerator<Buffer> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  let filled = 0
  for await (const piece of source) {
    for (let at = 0; at < piece.length;) {
      if (filled === CHUNK_BYTES) {
        yield chunk
        filled = 0
      }
      const copied = piece.copy(chunk, filled, at)
      at += copied
      filled += copied
    }
  }
  yield chunk.subarray(0, filled)
}

export const keyOf = ({ tenant: { org_id }, connection_id }: Store): ConnectionKey => ({ org_id, connection_id })
