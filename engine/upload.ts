import { Readable } from 'node:stream'
import { createHash } from 'node:crypto'
import { ConnectorError, type Upload } from '@tributary/sdk'
import type { Database } from '../db/client.ts'
import { inOrg, type Tenant } from '../db/tenancy.ts'
import { readUploadChunk } from '../db/uploads.ts'

export const revisionOf = (content: Buffer): string => createHash('sha256').update(content).digest('hex').slice(0, 32)

/** Content that is at hand, before it is stored. */
export const givenUpload = (content: Buffer): Upload => ({
  revision: revisionOf(content),
  open: (fromByte) => Readable.from([content.subarray(fromByte)]),
})

/** Content that was stored with a connection; one chunk at a time is in memory. */
export const storedUpload = (db: Database, tenant: Tenant, connection_id: string, stored: Stored): Upload => ({
  revision: stored.revision,
  open: (fromByte) => Readable.from(chunks(db, tenant, connection_id, { ...stored, fromByte })),
})
type Stored = { revision: string; bytes: number }

async function* chunks(db: Database, tenant: Tenant, connection_id: string, from: Stored & { fromByte: number }) {
  const key = { org_id: tenant.org_id, connection_id }
  for (let at = from.fromByte; at < from.bytes;) {
    const chunk = await inOrg(db, tenant, (tx) => readUploadChunk(tx, key, from.revision, at))
    if (!chunk) throw new ConnectorError('cursor_expired', 'the content was replaced while it was read')
    yield chunk
    at += chunk.length
  }
}
