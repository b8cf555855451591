/** The tables of the unified models, made from their definitions in the SDK: one definition, no second list of columns. */
import {
  boolean,
  date,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uuid,
  type PgColumnBuilderBase,
} from 'drizzle-orm/pg-core'
import { models, type ColumnType, type Field, type Model } from '@tributary/sdk/models'
import { instant, now, orgId, tenantPolicies } from './tenant.ts'

const builders: Record<ColumnType, () => PgColumnBuilderBase> = {
  text: () => text(),
  decimal: () => numeric(),
  integer: () => integer(),
  boolean: () => boolean(),
  timestamp: () => timestamp({ withTimezone: true, mode: 'string' }),
  date: () => date({ mode: 'string' }),
  json: () => jsonb(),
}

export const customers = modelTable(models.customer)
export const companies = modelTable(models.company)
export const deals = modelTable(models.deal)
export const products = modelTable(models.product)
export const subscriptions = modelTable(models.subscription)
export const invoices = modelTable(models.invoice)
export const payments = modelTable(models.payment)

function modelTable(model: Model) {
  const fields = Object.entries<Field>(model.fields)
  const columns = Object.fromEntries(fields.map(([name, field]) => [name, builders[field.column]()]))
  return pgTable(model.table, { ...commonColumns(), ...columns }, (table) => [
    primaryKey({ columns: [table.org_id, table.unified_id] }),
    index(`${model.table}_source`).on(table.org_id, table.connection_id, table.resource, table.external_id),
    ...tenantPolicies(),
  ])
}

function commonColumns() {
  return {
    org_id: orgId(),
    unified_id: uuid().notNull(),
    connection_id: uuid().notNull(),
    resource: text().notNull(),
    /** The entity that this record was made from. */
    external_id: text().notNull(),
    source_system: text().notNull(),
    source_id: text().notNull(),
    schema_version: text().notNull(),
    created_at: instant(),
    updated_at: instant(),
    synced_at: now(),
    archived_at: instant(),
    deleted_at: instant(),
    custom_fields: jsonb().notNull(),
  }
}
