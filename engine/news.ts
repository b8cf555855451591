import { toInstant, type Change, type Payload, type Resource } from '@tributary/sdk'
import { toPostgresText } from '../db/bulk.ts'
import { contentHash } from './content-hash.ts'
import type { News, Origin } from './decide.ts'

/** One change as the engine handles it: what `decide` looks at, and what is written if it says so. */
export type Item = News & { id: string; payload: Payload | undefined; raw: string; archived_at: string | null }

/** Where and when (ms of the source's clock) a batch of changes was learnt. */
export type Learnt = { origin: Origin; version: number }

/** A change that carries its object, or tells its deletion. A stub has to be read first (see whole.ts). */
export function toItem(resource: Resource, change: Change, learnt: Learnt): Item {
  const archived_at = archivedAt(change, learnt)
  const raw = change.raw ?? (change.payload ? JSON.stringify(change.payload) : '')
  return {
    id: change.id,
    origin: learnt.origin,
    op: change.op ?? 'update',
    version: timeOf(change.at) ?? learnt.version,
    hash: change.payload ? contentHash(resource, change.payload, raw) : '',
    archived: archived_at !== null,
    archived_at,
    payload: change.payload,
    raw,
  }
}

/** An id that Postgres cannot hold as it is would be another id. Such an object is skipped, and counted. */
export const isStorableId = (id: unknown): id is string =>
  typeof id === 'string' && id !== '' && toPostgresText(id) === id && Buffer.byteLength(id) <= MAX_ID_BYTES

/** Postgres indexes no key beyond 2,704 bytes, and one such object would stop all of its page for ever. */
const MAX_ID_BYTES = 2000

/** ms; undefined for what is no time. */
function timeOf(text: string | null | undefined): number | undefined {
  const ms = Date.parse(text ?? '')
  return Number.isNaN(ms) ? undefined : ms
}

/** Archived is archived, even where the source's time of it cannot be read: then it is so since we know. */
function archivedAt({ archived_at }: Change, learnt: Learnt): string | null {
  if (!archived_at) return null
  return toInstant(archived_at) ?? new Date(learnt.version).toISOString()
}
