/** The one way in which anything is written to entities and records: pages, webhooks and re-reads alike. */
import type { Account, Resource } from '@tributary/sdk'
import type { Entry } from '../connectors/registry.ts'
import { appendChanges, type NewChange } from '../db/changes.ts'
import type { ConnectionKey } from '../db/connections.ts'
import { saveCursor, type CursorMove } from '../db/cursors.ts'
import {
  advanceVersions,
  readStored,
  upsertEntities,
  type EntityWrite,
  type StoredEntity,
  type WrittenEntity,
} from '../db/entities.ts'
import { holdFence, type Fence } from '../db/epochs.ts'
import { releaseQuarantine, upsertQuarantine } from '../db/quarantine.ts'
import { deleteRecords, upsertRecords } from '../db/records.ts'
import { insertSeenPage } from '../db/seen-pages.ts'
import { addToReport, type Counters } from '../db/sync-reports.ts'
import type { Tx } from '../db/tenancy.ts'
import { decide, lastWords, rankOf, type Verdict } from './decide.ts'
import { mapRecords, unifiedId, type Mapped } from './map-records.ts'
import type { Item } from './news.ts'
import { quarantineRow } from './quarantine-row.ts'

export type Batch = {
  key: ConnectionKey
  entry: Entry
  account: Account
  resource: Resource
  fence: Fence
  items: Item[]
  /** Of a list: the pass it belongs to, and when it was asked for. */
  seen?: { generation: number; sent_at: number }
  /** Commits with the rows that it covers, and with what they left to be read again. */
  cursor?: (dirty: Dirty[]) => CursorMove
  /** The run whose report this work is added to, with what reading it took. */
  report?: { sync_id: string; reading: Partial<Counters> }
}
/** An object that a later read has to decide, with the version that it must be newer than. */
export type Dirty = { id: string; version: number }
export type Applied = { counts: Counters; dirty: Dirty[] }
type Judged = { item: Item; stored: StoredEntity | undefined; verdict: Verdict; mapped: Mapped | undefined }

/**
 * Runs in the caller's transaction, as the last that it does: from then on the org's other writers wait for its commit. Throws
 * FencedError, having written nothing, if the run may not write any more.
 */
export async function apply(tx: Tx, batch: Batch): Promise<Applied> {
  const key = { ...batch.key, resource: batch.resource.name, collection_key: batch.resource.collectionKey }
  const [, judged] = await Promise.all([holdFence(tx, key, batch.fence), judge(tx, batch)])
  const writes = judged.filter(isWrite)
  const written = await upsertEntities(tx, key, writes.map(toEntity))
  const counts = count(judged, written)
  const changes = await writeRecords(tx, batch, pairUp(writes, written))
  await writeQuarantine(tx, batch, judged)
  await markSeen(tx, batch, judged, written)
  const dirty = judged.filter(({ verdict }) => verdict.dirty).map(({ item }) => pick(item))
  if (batch.cursor) await saveCursor(tx, key, batch.cursor(dirty))
  if (batch.report) await addToReport(tx, key, batch.report.sync_id, { ...counts, ...batch.report.reading })
  await appendChanges(tx, batch.key.org_id, changes)
  return { counts, dirty }
}

async function judge(tx: Tx, batch: Batch): Promise<Judged[]> {
  const words = lastWords(batch.items)
  if (words.length === 0) return []
  const ids = words.map(({ item }) => item.id)
  const since = Math.min(...words.map(({ item }) => item.version))
  const stored = await readStored(tx, { ...batch.key, resource: batch.resource.name }, ids, since)
  const byId = new Map(stored.map((row) => [row.external_id, row]))
  return words.map(({ item, tied }) => judgeItem(batch, item, tied, byId.get(item.id)))
}

function judgeItem(batch: Batch, item: Item, tied: boolean, stored: StoredEntity | undefined): Judged {
  const decided = decide(stored, item)
  const verdict = { ...decided, dirty: decided.dirty || tied }
  const mapped =
    verdict.action === 'write' && item.payload
      ? mapRecords(batch.entry, batch.account, batch.resource, { id: item.id, payload: item.payload })
      : undefined
  return { item, stored, verdict, mapped }
}

const isQuarantined = ({ mapped }: Judged) => mapped !== undefined && !mapped.ok
const isWrite = (judged: Judged) => judged.verdict.action === 'write' && !isQuarantined(judged)
const pick = ({ id, version }: Item) => ({ id, version })

function toEntity({ item }: Judged): EntityWrite {
  const deleted = item.op === 'delete'
  return {
    external_id: item.id,
    raw_payload: deleted ? null : item.raw,
    hash: item.hash,
    version: item.version,
    rank: rankOf(item),
    archived_at: item.archived_at,
    deleted_at: deleted ? new Date(item.version).toISOString() : null,
    deletion_confidence: deleted ? item.origin : null,
    // The escapes of NUL and of lone surrogates, which typed columns cannot hold.
    sanitized: item.raw.includes('\\u') && /\\u(0000|d[89a-f])/i.test(item.raw),
  }
}

/** What is written to records follows from what the upsert of entities gave back, not from what was read before it. */
function pairUp(writes: Judged[], written: WrittenEntity[]) {
  const byId = new Map(writes.map((judged) => [judged.item.id, judged]))
  return written.map((entity) => ({ ...byId.get(entity.external_id)!, inserted: entity.inserted }))
}

async function writeRecords(tx: Tx, batch: Batch, rows: (Judged & { inserted: boolean })[]): Promise<NewChange[]> {
  const { model, name } = batch.resource
  if (!model) return []
  const key = { ...batch.key, resource: name, source_system: batch.entry.manifest.type }
  const records = rows.flatMap(({ item, mapped }) =>
    (mapped?.ok ? mapped.records : []).map((record) => ({
      unified_id: unifiedId(key, record),
      external_id: item.id,
      archived_at: item.archived_at,
      record,
    })),
  )
  const upserted = await upsertRecords(tx, key, model, records)
  // A new object has no records that it could have ceased to give.
  const external_ids = rows.filter(({ inserted }) => !inserted).map(({ item }) => item.id)
  const gone = { external_ids, keep: records.map((record) => record.unified_id) }
  const deleted = await deleteRecords(tx, key, model, gone)
  const { connection_id } = batch.key
  return [...upserted, ...deleted].map((change) => ({ ...change, connection_id, resource: name, model }))
}

async function writeQuarantine(tx: Tx, batch: Batch, judged: Judged[]): Promise<void> {
  const { name, collectionKey } = batch.resource
  const key = { ...batch.key, resource: name, collection_key: collectionKey, sync_id: batch.report?.sync_id ?? null }
  const bad = judged.flatMap(({ item, mapped }) => (mapped && !mapped.ok ? [{ item, mapped }] : []))
  const rows = bad.map(({ item, mapped }) => quarantineRow(key, { ...item, external_id: item.id }, mapped))
  await upsertQuarantine(tx, key, rows)
  await releaseQuarantine(
    tx,
    key,
    judged.filter((row) => !isQuarantined(row)).map(({ item }) => ({ external_id: item.id, version: item.version })),
  )
}

/** A list's rows count as seen even where nothing is written; an event moves the version of its row by itself. */
async function markSeen(tx: Tx, batch: Batch, judged: Judged[], written: WrittenEntity[]): Promise<void> {
  const key = { ...batch.key, resource: batch.resource.name }
  const kept = judged.filter(({ verdict }) => verdict.action === 'keep')
  if (!batch.seen) {
    const advanced = kept.filter(({ verdict }) => verdict.action === 'keep' && verdict.advance)
    return advanceVersions(
      tx,
      key,
      advanced.map(({ item }) => ({ ...pick(item), external_id: item.id, rank: rankOf(item) })),
    )
  }
  const held = judged
    .filter((row) => row.verdict.action === 'keep' || isQuarantined(row))
    .flatMap(({ stored }) => stored?.seq ?? [])
  await insertSeenPage(tx, key, { ...batch.seen, seqs: [...held, ...written.map(({ seq }) => seq)] })
}

function count(judged: Judged[], written: WrittenEntity[]): Counters {
  const won = new Set(written.map(({ external_id }) => external_id))
  const counts: Counters = { created: 0, updated: 0, unchanged: 0, stale: 0, archived: 0, deleted: 0, quarantined: 0 }
  for (const row of judged) counts[outcomeOf(row, won)]++
  return counts
}

function outcomeOf(row: Judged, won: Set<string>) {
  if (isQuarantined(row)) return 'quarantined'
  return row.verdict.action === 'write' && !won.has(row.item.id) ? 'stale' : row.verdict.outcome
}
