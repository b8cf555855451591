import { sql } from 'drizzle-orm'
import { textArray } from './bulk.ts'
import type { ResourceKey } from './entities.ts'
import type { Tx } from './tenancy.ts'

/** An object as it is stored, with the exact text of its payload. */
export type RawEntity = {
  external_id: string
  seq: number
  raw: string
  /** Hex sha256. */
  hash: string
  version: number
  archived_at: string | null
}

/** Live objects behind `after` (a `seq`). */
export async function listRaw(tx: Tx, key: ResourceKey, after: number, limit: number): Promise<RawEntity[]> {
  const rows = await tx.execute<RawEntity>(sql`
    select external_id, seq, raw_payload::text as raw, encode(hash, 'hex') as hash, version, archived_at from entities
    where org_id = ${key.org_id} and connection_id = ${key.connection_id} and resource = ${key.resource} and seq > ${after}
      and deleted_at is null and raw_payload is not null
    order by seq limit ${limit}`)
  return [...rows]
}

/**
 * Objects behind `after` (a `seq`) that were not seen by a generation that began at `before` (ms of the source's clock), nor
 * heard of since: of a complete one, those that are gone.
 */
export async function listMissing(
  tx: Tx,
  key: ResourceKey,
  pass: { generation: number; before: number; after: number },
  limit: number,
): Promise<Pick<RawEntity, 'external_id' | 'seq'>[]> {
  const rows = await tx.execute<Pick<RawEntity, 'external_id' | 'seq'>>(sql`
    ${seenBy(key, pass.generation)}
    select e.external_id, e.seq from entities e where ${isMissing(key, pass.before)} and e.seq > ${pass.after}
    order by e.seq limit ${limit}`)
  return [...rows]
}

export async function countMissing(
  tx: Tx,
  key: ResourceKey,
  pass: { generation: number; before: number },
): Promise<number> {
  const [row] = await tx.execute<{ missing: number }>(sql`
    ${seenBy(key, pass.generation)} select count(*) as missing from entities e where ${isMissing(key, pass.before)}`)
  return row!.missing
}

/** All of a pass as one set of ranges, in which a number is found by bisection; as a scalar, for a join would copy it for each row. */
const seenBy = (key: ResourceKey, generation: number) => sql`
  with seen as materialized (
    select coalesce(range_agg(seqs), '{}'::int8multirange) as seqs from seen_pages
    where org_id = ${key.org_id} and connection_id = ${key.connection_id} and resource = ${key.resource}
      and generation >= ${generation})`

const isMissing = (key: ResourceKey, before: number) => sql`
  e.org_id = ${key.org_id} and e.connection_id = ${key.connection_id} and e.resource = ${key.resource}
    and e.deleted_at is null and e.version < ${before} and not (select seqs from seen) @> e.seq`

/** What is in quarantine, of some objects or behind one, as it was when it got there. */
export async function listQuarantined(
  tx: Tx,
  key: ResourceKey,
  asked: { external_ids: string[] | null; after: string },
  limit: number,
): Promise<Omit<RawEntity, 'seq'>[]> {
  const some = asked.external_ids === null ? sql`true` : sql`external_id = any(${textArray(asked.external_ids)})`
  const rows = await tx.execute<Omit<RawEntity, 'seq'>>(sql`
    select external_id, raw_payload::text as raw, encode(hash, 'hex') as hash, version, null as archived_at from quarantine
    where org_id = ${key.org_id} and connection_id = ${key.connection_id} and resource = ${key.resource}
      and external_id > ${asked.after} and ${some}
    order by external_id limit ${limit}`)
  return [...rows]
}
