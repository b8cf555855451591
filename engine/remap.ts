import type { Account, Payload, Resource } from '@tributary/sdk'
import { appendChanges } from '../db/changes.ts'
import type { Pass } from '../db/passes.ts'
import { releaseQuarantine, upsertQuarantine } from '../db/quarantine.ts'
import type { RawEntity } from '../db/raw-entities.ts'
import { deleteRecords, upsertRecords } from '../db/records.ts'
import { addToReport } from '../db/sync-reports.ts'
import type { Tx } from '../db/tenancy.ts'
import type { Entry } from '../connectors/registry.ts'
import { mapRecords, unifiedId } from './map-records.ts'
import { quarantineRow } from './quarantine-row.ts'

export type Remapping = { entry: Entry; account: Account; resource: Resource }

/** Writes the records that stored objects give now, where they differ from those that they gave. */
export async function remap(
  tx: Tx,
  pass: Pass,
  { entry, account, resource }: Remapping,
  rows: RawEntity[],
): Promise<void> {
  const model = resource.model!
  const key = { org_id: pass.org_id, connection_id: pass.connection_id, resource: resource.name }
  const mapped = rows.map((row) => {
    const payload = JSON.parse(row.raw) as Payload
    return { row, result: mapRecords(entry, account, resource, { id: row.external_id, payload }) }
  })
  const good = mapped.flatMap(({ row, result }) => (result.ok ? [{ row, records: result.records }] : []))
  const bad = mapped.flatMap(({ row, result }) => (result.ok ? [] : [quarantineRow(key, row, result)]))
  const records = good.flatMap(({ row: { external_id, archived_at }, records: made }) =>
    made.map((record) => ({ unified_id: unifiedId(key, record), external_id, archived_at, record })),
  )
  const external_ids = good.map(({ row }) => row.external_id)
  const written = await upsertRecords(
    tx,
    { ...key, source_system: entry.manifest.type, differing: true },
    model,
    records,
  )
  const keep = records.map(({ unified_id }) => unified_id)
  const deleted = await deleteRecords(tx, key, model, { external_ids, keep })
  await upsertQuarantine(tx, { ...key, collection_key: resource.collectionKey, sync_id: pass.sync_id }, bad)
  await releaseQuarantine(
    tx,
    key,
    good.map(({ row }) => row),
  )
  const counts = { ...countKinds(written), deleted: deleted.length, quarantined: bad.length, fetched: rows.length }
  await addToReport(tx, key, pass.sync_id, {
    ...counts,
    unchanged: rows.length - bad.length - written.length,
    stale: 0,
  })
  const changes = [...written, ...deleted].map((change) => ({ ...change, ...key, model }))
  await appendChanges(tx, key.org_id, changes)
}

function countKinds(changes: { kind: string }[]) {
  const counts = { created: 0, updated: 0, archived: 0 }
  for (const { kind } of changes) counts[kind as keyof typeof counts]++
  return counts
}
