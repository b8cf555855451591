import { sql } from 'drizzle-orm'
import { textArray, unnest } from './bulk.ts'
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

/** An object that is in it for the same reason already costs no write. */
export async function upsertQuarantine(
  tx: Tx,
  key: ResourceKey & { collection_key: string; sync_id: string | null },
  rows: QuarantineWrite[],
): Promise<void> {
  if (rows.length === 0) return
  const text = (name: keyof QuarantineWrite, type: string, prefix = '') => ({
    name,
    type,
    values: rows.map((row) => prefix + String(row[name])),
  })
  const columns = [
    text('id', 'uuid'),
    text('external_id', 'text'),
    text('raw_payload', 'json'),
    text('hash', 'bytea', '\\x'),
    text('version', 'bigint'),
    text('reason_code', 'text'),
    text('reason', 'text'),
  ]
  await tx.execute(sql`
    insert into quarantine (org_id, connection_id, resource, collection_key, sync_id, id, external_id, raw_payload, hash,
      version, reason_code, reason)
    select ${key.org_id}::uuid, ${key.connection_id}::uuid, ${key.resource}, ${key.collection_key}, ${key.sync_id}::uuid, r.*
    from ${unnest(columns, 'r')}
    on conflict (org_id, connection_id, resource, external_id) do update set
      raw_payload = excluded.raw_payload, hash = excluded.hash, version = excluded.version, sync_id = excluded.sync_id,
      reason_code = excluded.reason_code, reason = excluded.reason, attempts = quarantine.attempts + 1, last_seen_at = now()
    where quarantine.hash <> excluded.hash or quarantine.reason <> excluded.reason`)
}

/** These can be mapped now. */
export async function releaseQuarantine(tx: Tx, key: ResourceKey, external_ids: string[]): Promise<void> {
  if (external_ids.length === 0) return
  await tx.execute(sql`
    delete from quarantine where org_id = ${key.org_id} and connection_id = ${key.connection_id}
      and resource = ${key.resource} and external_id = any(${textArray(external_ids)})`)
}
