import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { ConnectorError, uploadOf, type Upload } from '@tributary/sdk'
import { asWorker, inOrg } from '../db/tenancy.ts'
import { findContent, readUpload, setDerived, type Content } from '../db/uploads.ts'
import { keyOf, withDraft, type Store } from './draft.ts'

export const revisionOf = (content: Buffer): string => createHash('sha256').update(content).digest('hex').slice(0, 32)

/** Content that is at hand, before it is stored. */
export const givenUpload = (content: Buffer): Upload => uploadOf(revisionOf(content), content)

/** Content that was stored with a connection; a part of a chunk is in memory at a time. */
export const storedUpload = (store: Store, content: Content): Upload => ({
  revision: content.revision,
  open: (fromByte) => Readable.from(parts(store, content, fromByte)),
  derive: (name, make) => derive(store, content, name, make),
})

async function* parts(store: Store, { revision, bytes }: Content, fromByte: number) {
  for (let at = fromByte; at < bytes;) {
    const part = await inOrg(store.db, store.tenant, (tx) => readUpload(tx, keyOf(store), revision, at))
    if (!part) throw replaced()
    yield part
    at += part.length
  }
}

/** Whoever asks for it may only read, so it is stored in the name of a worker. */
async function derive(store: Store, from: Content, name: string, make: () => AsyncIterable<Buffer>): Promise<Upload> {
  const worker = { ...store, tenant: asWorker(store.tenant.org_id) }
  const revision = `${from.revision}/${name}`
  const known = await inOrg(store.db, worker.tenant, (tx) => findContent(tx, keyOf(store), revision))
  if (known) return storedUpload(store, known)
  return withDraft(worker, make(), async ({ draft, bytes }) => {
    const derived = { of: from.revision, draft, revision, bytes }
    const isKept = await inOrg(store.db, worker.tenant, (tx) => setDerived(tx, keyOf(store), derived))
    if (!isKept) throw replaced()
    return storedUpload(store, { revision, bytes })
  })
}

const replaced = () => new ConnectorError('cursor_expired', 'the content was replaced while it was read')
