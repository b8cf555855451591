import { hash } from 'node:crypto'
import { without, type Change, type Payload, type Resource } from '@tributary/sdk'
import { toPostgresText } from '../db/bulk.ts'
import type { News, Origin } from './decide.ts'

/** One change as the engine handles it: what `decide` looks at, and what is written if it says so. */
export type Item = News & { id: string; payload: Payload | undefined; raw: string; archived_at: string | null }

/** Where and when (ms of the source's clock) a batch of changes was learnt. */
export type Learnt = { origin: Origin; version: number }

/** A change that carries its object, or tells its deletion. A stub has to be read first (see whole.ts). */
export function toItem(resource: Resource, change: Change, learnt: Learnt): Item {
  const raw = change.raw ?? (change.payload ? JSON.stringify(change.payload) : '')
  return {
    id: change.id,
    origin: learnt.origin,
    op: change.op ?? 'update',
    version: change.at ? Date.parse(change.at) : learnt.version,
    hash: change.payload ? hashOf(resource, change.payload, raw) : '',
    archived: Boolean(change.archived_at),
    archived_at: change.archived_at ?? null,
    payload: change.payload,
    raw,
  }
}

/** An id that Postgres cannot hold as it is would be another id. Such an object is skipped, and counted. */
export const isStorableId = (id: unknown): id is string =>
  typeof id === 'string' && id !== '' && toPostgresText(id) === id

/** Fields that change by themselves (a counter of views) are no change. */
function hashOf(resource: Resource, payload: Payload, raw: string): string {
  const text = resource.volatile ? JSON.stringify(without(payload, resource.volatile)) : raw
  return hash('sha256', text, 'hex')
}
