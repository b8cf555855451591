import { sql } from 'drizzle-orm'
import { textArray, toPostgresText, unnest } from './bulk.ts'
import type { ConnectionKey } from './connections.ts'
import type { Tx } from './tenancy.ts'

export type EventWrite = {
  unified_id: string
  /** The provider's id of the event, which is also what tells a second telling. */
  source_id: string
  event_type: string
  /** Its exact JSON. */
  payload: string
  /** The object that it is about; null: none that is kept here, so it is stored and does nothing. */
  object: { resource: string; id: string } | null
  occurred_at: string
}
export type PendingEvent = {
  unified_id: string
  resource: string
  external_id: string
  occurred_at: string
  payload: string
}

/** Stores what is new; gives how many that were. An event that was told before stays as it is. */
export async function insertEvents(
  tx: Tx,
  key: ConnectionKey & { source_system: string },
  events: EventWrite[],
): Promise<number> {
  if (events.length === 0) return 0
  const column = (name: string, type: string, toText: (event: EventWrite) => string | null) => ({
    name,
    type,
    values: events.map((event) => toPostgresTextOrNull(toText(event))),
  })
  const columns = [
    column('unified_id', 'uuid', (event) => event.unified_id),
    column('source_id', 'text', (event) => event.source_id),
    column('event_type', 'text', (event) => event.event_type),
    column('event_category', 'text', (event) => event.event_type.split('.')[0]!),
    { name: 'payload', type: 'json', values: events.map((event) => event.payload) },
    column('resource_type', 'text', (event) => event.object?.resource ?? null),
    column('resource_id', 'text', (event) => event.object?.id ?? null),
    column('occurred_at', 'timestamptz', (event) => event.occurred_at),
  ]
  const written = await tx.execute(sql`
    insert into events (org_id, connection_id, source_system, unified_id, source_id, event_type, event_category, payload,
      resource_type, resource_id, occurred_at, dedupe_key, object_key, status)
    select ${key.org_id}::uuid, ${key.connection_id}::uuid, ${key.source_system}, r.*, r.source_id,
      r.resource_type || '/' || r.resource_id, case when r.resource_id is null then 'ignored' else 'pending' end
    from ${unnest(columns, 'r')} order by r.source_id
    on conflict do nothing returning unified_id`)
  return written.length
}

const toPostgresTextOrNull = (text: string | null) => (text === null ? null : toPostgresText(text))

/** What is to be applied, in the order in which it happened. `hint`: what is to be read instead. */
export async function listPending(tx: Tx, key: ConnectionKey, hint: boolean, limit: number): Promise<PendingEvent[]> {
  const rows = await tx.execute<PendingEvent>(sql`
    select unified_id, resource_type as resource, resource_id as external_id, occurred_at, payload::text as payload
    from events where org_id = ${key.org_id} and connection_id = ${key.connection_id} and status = 'pending' and hint = ${hint}
    order by occurred_at, source_id limit ${limit}`)
  return [...rows]
}

/** Ends events, in the transaction of their effect. */
export async function markEvents(
  tx: Tx,
  key: ConnectionKey,
  ids: string[],
  mark: { status: 'done' | 'dead' | 'ignored'; last_error?: string },
): Promise<void> {
  if (ids.length === 0) return
  await tx.execute(sql`
    update events set status = ${mark.status}, hint = false, last_error = ${toPostgresTextOrNull(mark.last_error ?? null)},
      attempts = attempts + 1, updated_at = now()
    where org_id = ${key.org_id} and unified_id = any(${textArray(ids)}::uuid[])`)
}

/** Their objects have to be read: they stay pending until that is done, whatever dies meanwhile. */
export async function markHints(tx: Tx, key: ConnectionKey, ids: string[]): Promise<void> {
  if (ids.length === 0) return
  await tx.execute(sql`
    update events set hint = true, updated_at = now()
    where org_id = ${key.org_id} and unified_id = any(${textArray(ids)}::uuid[])`)
}
