import { sql } from 'drizzle-orm'
import { toPostgresText, unnest } from './bulk.ts'
import type { ResourceKey } from './entities.ts'
import type { Tx } from './tenancy.ts'

export type QuarantineWrite = {
  id: string
  external_id: string
  raw_payload: string
  hash: string
  version: number
  reason_code: string
  reason: string
}

/** That an object which is in it already was seen again for the same reason is noted, and is no attempt. */
export async function upsertQuarantine(
  tx: Tx,
  key: ResourceKey & { collection_key: string; sync_id: string | null },
  rows: QuarantineWrite[],
): Promise<void> {
  if (rows.length === 0) return
  const column = (name: keyof QuarantineWrite, type: string, toText: (row: QuarantineWrite) => string) => ({
    name,
    type,
    values: rows.map(toText),
  })
  const columns = [
    column('id', 'uuid', (row) => row.id),
    column('external_id', 'text', (row) => row.external_id),
    column('raw_payload', 'json', (row) => row.raw_payload),
    column('hash', 'bytea', (row) => `\\x${row.hash}`),
    column('version', 'bigint', (row) => String(row.version)),
    // A reason is in a connector's words, and may name a field of the payload.
    column('reason_code', 'text', (row) => toPostgresText(row.reason_code)),
    column('reason', 'text', (row) => toPostgresText(row.reason)),
  ]
  await tx.execute(sql`
    insert into quarantine (org_id, connection_id, resource, collection_key, sync_id, id, external_id, raw_payload, hash,
      version, reason_code, reason)
    select ${key.org_id}::uuid, ${key.connection_id}::uuid, ${key.resource}, ${key.collection_key}, ${key.sync_id}::uuid, r.*
    from ${unnest(columns, 'r')}
    on conflict (org_id, connection_id, resource, external_id) do update set
      raw_payload = excluded.raw_payload, hash = excluded.hash, version = excluded.version, sync_id = excluded.sync_id,
      reason_code = excluded.reason_code, reason = excluded.reason, last_seen_at = now(),
      attempts = quarantine.attempts + (quarantine.hash <> excluded.hash or quarantine.reason <> excluded.reason)::int
    where quarantine.version <= excluded.version`)
}

/** What a complete pass, which began at `before` (ms of the source's clock), has not seen: it is gone at the source. */
export async function dropUnseenQuarantine(
  tx: Tx,
  key: ResourceKey,
  pass: { sync_id: string; before: number },
): Promise<void> {
  await tx.execute(sql`
    delete from quarantine q using sync_resources r
    where q.org_id = ${key.org_id} and q.connection_id = ${key.connection_id} and q.resource = ${key.resource}
      and r.org_id = q.org_id and r.sync_id = ${pass.sync_id} and r.resource = q.resource
      and q.last_seen_at < r.started_at and q.version < ${pass.before}`)
}

/** These could be mapped as of `version`. What is newer stays: it is not what was mapped. */
export async function releaseQuarantine(
  tx: Tx,
  key: ResourceKey,
  mapped: { external_id: string; version: number }[],
): Promise<void> {
  if (mapped.length === 0) return
  const columns = [
    { name: 'external_id', type: 'text', values: mapped.map((row) => row.external_id) },
    { name: 'version', type: 'bigint', values: mapped.map((row) => String(row.version)) },
  ]
  await tx.execute(sql`
    delete from quarantine q using ${unnest(columns, 'r')}
    where q.org_id = ${key.org_id} and q.connection_id = ${key.connection_id} and q.resource = ${key.resource}
      and q.external_id = r.external_id and q.version <= r.version`)
}
