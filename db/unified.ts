/** Reading the rows of the unified models. One set of functions serves all of them, from their definitions in the SDK. */
import { and, asc, eq, getTableColumns, isNull, sql, type SQL } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import type { Model, ModelName } from '@tributary/sdk/models'
import { afterIfGiven } from './filters.ts'
import * as schema from './schema/index.ts'
import type { Tx } from './tenancy.ts'

export type UnifiedQuery = {
  org_id: string
  /** Columns that must be equal: fields of the model that are declared to filter by, and ids. */
  where: Record<string, string | number | boolean>
  synced_after?: string | undefined
  include_deleted: boolean
  /** With `raw`: the text of the payload that the record was made from. */
  include_raw: boolean
  limit: number
  /** `unified_id` of the last one of the page before. */
  after?: string | undefined
}
/** A row without its org, and the exact text of its payload apart, so that no number in it is rounded. */
export type UnifiedRow = { unified_id: string; raw?: string | null } & Record<string, unknown>

/** The schema exports each model's table under the table's name: no second list of models. */
const tableOf = (model: Model) => (schema as unknown as Record<string, typeof schema.customers>)[model.table]!

/** What is computed when a row is read, because it changes by itself; filters see it the same way. */
const computed: Partial<Record<ModelName, Record<string, SQL>>> = {
  invoice: {
    status: sql`case when invoices.status = 'pending' and invoices.due_date < now() then 'overdue' else invoices.status end`,
  },
}

export async function listUnified(tx: Tx, model: Model, query: UnifiedQuery): Promise<UnifiedRow[]> {
  const { columns, computedColumns } = columnsOf(model)
  const equal = Object.entries(query.where).map(([name, value]) =>
    equals(computedColumns[name] ?? columns[name]!, value),
  )
  const rows = await select(tx, model, query.include_raw)
    .where(
      and(
        eq(columns.org_id!, query.org_id),
        ...equal,
        afterIfGiven(columns.unified_id!, query.after),
        afterIfGiven(columns.synced_at!, query.synced_after),
        query.include_deleted ? undefined : isNull(columns.deleted_at!),
      ),
    )
    .orderBy(asc(columns.unified_id!))
    .limit(query.limit)
  return rows as UnifiedRow[]
}

/** One record, deleted or not. */
export async function findUnified(
  tx: Tx,
  model: Model,
  key: { org_id: string; unified_id: string; include_raw: boolean },
): Promise<UnifiedRow | undefined> {
  const { columns } = columnsOf(model)
  const rows = await select(tx, model, key.include_raw).where(
    and(eq(columns.org_id!, key.org_id), eq(columns.unified_id!, key.unified_id)),
  )
  return rows[0] as UnifiedRow | undefined
}

function select(tx: Tx, model: Model, include_raw: boolean) {
  const { columns, computedColumns } = columnsOf(model)
  const { org_id: _, ...shown } = columns
  const table = tableOf(model)
  const named = Object.fromEntries(Object.entries(computedColumns).map(([name, value]) => [name, value.as(name)]))
  const raw: Record<string, SQL> = include_raw ? { raw: sql`${schema.entities.raw_payload}::text` } : {}
  const query = tx
    .select({ ...shown, ...named, ...raw })
    .from(table)
    .$dynamic()
  return include_raw ? query.leftJoin(schema.entities, isMadeFrom(columns)) : query
}

const isMadeFrom = (columns: Record<string, PgColumn>): SQL | undefined =>
  and(
    eq(schema.entities.org_id, columns.org_id!),
    eq(schema.entities.connection_id, columns.connection_id!),
    eq(schema.entities.resource, columns.resource!),
    eq(schema.entities.external_id, columns.external_id!),
  )

const columnsOf = (model: Model) => ({
  columns: getTableColumns(tableOf(model)) as Record<string, PgColumn>,
  computedColumns: computed[model.name] ?? {},
})

const equals = (column: PgColumn | SQL, value: string | number | boolean): SQL => sql`${column} = ${value}`
