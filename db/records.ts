import { sql, type SQL } from 'drizzle-orm'
import { models, type ColumnType, type Field, type ModelName, type UnifiedRecord } from '@tributary/sdk/models'
import { textArray, toPostgresText, unnest, type BulkColumn } from './bulk.ts'
import type { ChangeKind } from './changes.ts'
import type { ResourceKey } from './entities.ts'
import type { Tx } from './tenancy.ts'

/** A record with what the engine knows of it. */
export type RecordWrite = { unified_id: string; external_id: string; archived_at: string | null; record: UnifiedRecord }
/** What a statement did to a row, as it gave it back. */
export type RecordChange = { unified_id: string; kind: ChangeKind }

const TYPES: Record<ColumnType, string> = {
  text: 'text',
  decimal: 'numeric',
  integer: 'integer',
  boolean: 'boolean',
  timestamp: 'timestamptz',
  date: 'date',
  json: 'jsonb',
}
const COMMON: [string, ColumnType][] = [
  ['source_id', 'text'],
  ['created_at', 'timestamp'],
  ['updated_at', 'timestamp'],
  ['custom_fields', 'json'],
]

/**
 * Writes the records of entities that were written, and only of these. Of two with one unified id the later one counts. A row that
 * comes back after its deletion is `created`: to whoever follows the changes it was gone. One that comes archived is `created` too.
 * `differing`: only rows that would differ from what is stored are written.
 */
export async function upsertRecords(
  tx: Tx,
  key: ResourceKey & { source_system: string; differing?: boolean },
  model: ModelName,
  rows: RecordWrite[],
): Promise<RecordChange[]> {
  if (rows.length === 0) return []
  const { table, version } = models[model]
  // Two objects of one batch may give the same record, and one statement cannot write a row twice.
  const distinct = new Map(rows.map((row) => [row.unified_id, row]))
  const columns = columnsOf(model, [...distinct.values()])
  const names = sql.join(
    columns.map((column) => sql.identifier(column.name)),
    sql`, `,
  )
  const changed = await tx.execute<RecordChange>(sql`
    insert into ${sql.identifier(table)} (org_id, connection_id, resource, source_system, schema_version, ${names})
    select ${key.org_id}::uuid, ${key.connection_id}::uuid, ${key.resource}, ${key.source_system}, ${version}, r.*
    from ${unnest(columns, 'r')}
    on conflict (org_id, unified_id) do update set ${assignments(columns)},
      schema_version = excluded.schema_version, synced_at = now(), deleted_at = null
    ${key.differing ? differs(table, columns) : sql``}
    returning unified_id, case when old.unified_id is null or old.deleted_at is not null then 'created'
      when old.archived_at is null and new.archived_at is not null then 'archived' else 'updated' end as kind`)
  return [...changed]
}

/** Of entities that were deleted, or that no longer give a record which they gave before (`keep`: those that they still give). */
export async function deleteRecords(
  tx: Tx,
  key: ResourceKey,
  model: ModelName,
  gone: { external_ids: string[]; keep: string[] },
): Promise<RecordChange[]> {
  if (gone.external_ids.length === 0) return []
  const deleted = await tx.execute<RecordChange>(sql`
    update ${sql.identifier(models[model].table)} set deleted_at = now(), synced_at = now()
    where org_id = ${key.org_id} and connection_id = ${key.connection_id} and resource = ${key.resource}
      and external_id = any(${textArray(gone.external_ids)}) and deleted_at is null
      and unified_id <> all(${textArray(gone.keep)}::uuid[])
    returning unified_id, 'deleted' as kind`)
  return [...deleted]
}

function columnsOf(model: ModelName, rows: RecordWrite[]): BulkColumn[] {
  const fields = Object.entries<Field>(models[model].fields).map(([name, field]): [string, ColumnType] => [
    name,
    field.column,
  ])
  const own = (name: 'unified_id' | 'external_id' | 'archived_at', type: string) => ({
    name,
    type,
    values: rows.map((row) => row[name]),
  })
  return [
    own('unified_id', 'uuid'),
    own('external_id', 'text'),
    own('archived_at', 'timestamptz'),
    ...[...COMMON, ...fields].map(([name, type]) => ({
      name,
      type: TYPES[type],
      values: rows.map(valueOf(name, type)),
    })),
  ]
}

function valueOf(name: string, type: ColumnType) {
  return ({ record }: RecordWrite): string | null => {
    const value = (record as Record<string, unknown>)[name]
    if (value === null || value === undefined) return null
    if (type === 'json') return jsonbText(value)
    return typeof value === 'string' ? toPostgresText(value) : String(value as number | boolean)
  }
}

/** jsonb refuses the escapes of NUL and of lone surrogates; JSON text shows either as \u0000 or \ud…. */
function jsonbText(value: unknown): string {
  const text = JSON.stringify(value)
  return /\\u(0000|d)/.test(text) ? JSON.stringify(storable(value)) : text
}

function storable(value: unknown): unknown {
  if (typeof value === 'string') return withoutNul(value)
  if (Array.isArray(value)) return value.map(storable)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [withoutNul(key), storable(inner)]))
}

const withoutNul = (text: string): string => text.toWellFormed().replaceAll('\u0000', '\ufffd')

const differs = (table: string, columns: BulkColumn[]): SQL => {
  const of = (row: string) =>
    sql.join(
      [...columns.map(({ name }) => name), 'schema_version'].map(
        (name) => sql`${sql.identifier(row)}.${sql.identifier(name)}`,
      ),
      sql`, `,
    )
  return sql`where (${of(table)}) is distinct from (${of('excluded')}) or ${sql.identifier(table)}.deleted_at is not null`
}

const assignments = (columns: BulkColumn[]): SQL =>
  sql.join(
    columns
      .filter(({ name }) => name !== 'unified_id')
      .map(({ name }) => sql`${sql.identifier(name)} = excluded.${sql.identifier(name)}`),
    sql`, `,
  )
