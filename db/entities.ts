import { sql } from 'drizzle-orm'
import { textArray, unnest } from './bulk.ts'
import type { ConnectionKey } from './connections.ts'
import type { Tx } from './tenancy.ts'

export type ResourceKey = ConnectionKey & { resource: string }
export type StoredEntity = {
  external_id: string
  seq: number
  hash: string
  version: number
  rank: number
  archived: boolean
  deleted: boolean
}
export type EntityWrite = {
  external_id: string
  /** null: a deletion, which keeps the last payload. */
  raw_payload: string | null
  hash: string
  version: number
  rank: number
  archived_at: string | null
  deleted_at: string | null
  deletion_confidence: 'event' | 'read' | 'inferred' | null
  sanitized: boolean
}
export type WrittenEntity = { external_id: string; seq: number; inserted: boolean }

/**
 * What is stored of these objects, with the effective version: the greatest of a row's own, of the pages that held it unchanged,
 * and of the start of the last complete pass. Only pages as new as `since` (ms) can matter.
 */
export async function readStored(tx: Tx, key: ResourceKey, ids: string[], since: number): Promise<StoredEntity[]> {
  const rows = await tx.execute<StoredEntity>(sql`
    with pages as materialized (
      select sent_at, range_agg(seqs) as seqs from seen_pages
      where org_id = ${key.org_id} and connection_id = ${key.connection_id} and resource = ${key.resource} and sent_at >= ${since}
      group by sent_at
    )
    select e.external_id, e.seq, encode(e.hash, 'hex') as hash,
      greatest(e.version, seen.sent_at, state.complete_started_ms) as version,
      case when e.version > coalesce(greatest(seen.sent_at, state.complete_started_ms), 0) then e.rank else ${READ_RANK} end as rank,
      e.archived_at is not null as archived, e.deleted_at is not null as deleted
    from entities e
    left join resource_states state using (org_id, connection_id, resource)
    left join lateral (select max(sent_at) as sent_at from pages where seqs @> e.seq) seen on true
    where e.org_id = ${key.org_id} and e.connection_id = ${key.connection_id} and e.resource = ${key.resource}
      and e.external_id = any(${textArray(ids)})`)
  return [...rows]
}

/** Of what only a read can know; kept equal to engine/decide.ts by a test. */
const READ_RANK = 4

/** Writes and gives back what was written: a row that is not given back met a newer one. */
export async function upsertEntities(
  tx: Tx,
  key: ResourceKey & { collection_key: string },
  rows: EntityWrite[],
): Promise<WrittenEntity[]> {
  if (rows.length === 0) return []
  const written = await tx.execute<WrittenEntity>(sql`
    insert into entities (org_id, connection_id, resource, collection_key, external_id, raw_payload, hash, version, rank,
      archived_at, deleted_at, deletion_confidence, sanitized)
    select ${key.org_id}::uuid, ${key.connection_id}::uuid, ${key.resource}, ${key.collection_key}, r.*
    from ${unnest(columnsOf(rows), 'r')}
    on conflict (org_id, connection_id, resource, external_id) do update set
      raw_payload = coalesce(excluded.raw_payload, entities.raw_payload),
      hash = case when excluded.raw_payload is null then entities.hash else excluded.hash end,
      archived_at = case when excluded.raw_payload is null then entities.archived_at else excluded.archived_at end,
      sanitized = case when excluded.raw_payload is null then entities.sanitized else excluded.sanitized end,
      version = excluded.version, rank = excluded.rank, deleted_at = excluded.deleted_at,
      deletion_confidence = excluded.deletion_confidence, synced_at = now()
    where (entities.version, entities.rank) <= (excluded.version, excluded.rank)
    returning external_id, seq, (xmax = 0) as inserted`)
  return [...written]
}

/** Moves the version of rows on whose payload is as it was (an event says so; a list does it by its seen page). */
export async function advanceVersions(
  tx: Tx,
  key: ResourceKey,
  rows: Pick<EntityWrite, 'external_id' | 'version' | 'rank'>[],
) {
  if (rows.length === 0) return
  await tx.execute(sql`
    update entities e set version = r.version, rank = r.rank from ${unnest(versionColumns(rows), 'r')}
    where e.org_id = ${key.org_id} and e.connection_id = ${key.connection_id} and e.resource = ${key.resource}
      and e.external_id = r.external_id and (e.version, e.rank) <= (r.version, r.rank)`)
}

const versionColumns = (rows: Pick<EntityWrite, 'external_id' | 'version' | 'rank'>[]) => [
  { name: 'external_id', type: 'text', values: rows.map((row) => row.external_id) },
  { name: 'version', type: 'bigint', values: rows.map((row) => String(row.version)) },
  { name: 'rank', type: 'smallint', values: rows.map((row) => String(row.rank)) },
]

const columnsOf = (rows: EntityWrite[]) => [
  { name: 'external_id', type: 'text', values: rows.map((row) => row.external_id) },
  { name: 'raw_payload', type: 'json', values: rows.map((row) => row.raw_payload) },
  { name: 'hash', type: 'bytea', values: rows.map((row) => `\\x${row.hash}`) },
  { name: 'version', type: 'bigint', values: rows.map((row) => String(row.version)) },
  { name: 'rank', type: 'smallint', values: rows.map((row) => String(row.rank)) },
  { name: 'archived_at', type: 'timestamptz', values: rows.map((row) => row.archived_at) },
  { name: 'deleted_at', type: 'timestamptz', values: rows.map((row) => row.deleted_at) },
  { name: 'deletion_confidence', type: 'text', values: rows.map((row) => row.deletion_confidence) },
  { name: 'sanitized', type: 'boolean', values: rows.map((row) => String(row.sanitized)) },
]
