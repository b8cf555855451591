import { bigint, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import type { ModelName } from '@tributary/sdk/models'
import { dispatcherReads, now, orgId, tenantPolicies } from './tenant.ts'

export const changeKinds = ['created', 'updated', 'archived', 'deleted'] as const

/** What became of unified rows, numbered in the order of commits, without gaps. No foreign keys: see `entities`. */
export const changes = pgTable(
  'changes',
  {
    org_id: orgId(),
    number: bigint({ mode: 'number' }).notNull(),
    connection_id: uuid().notNull(),
    resource: text().notNull(),
    model: text().$type<ModelName>().notNull(),
    unified_id: uuid().notNull(),
    kind: text({ enum: changeKinds }).notNull(),
    changed_at: now(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.number] }), ...tenantPolicies(), dispatcherReads()],
)

/** The last number given out. Its row is locked from a writer's last statement to its commit: that is the order of commits. */
export const changeCounters = pgTable(
  'change_counters',
  {
    org_id: orgId().primaryKey(),
    last_number: bigint({ mode: 'number' }).notNull(),
    /** Of what was dropped by age: whoever has read less has missed something. */
    dropped_number: bigint({ mode: 'number' }).notNull().default(0),
  },
  () => tenantPolicies(),
)

/** Readers of the change feed whose place the server keeps. */
export const changeConsumers = pgTable(
  'change_consumers',
  { org_id: orgId(), name: text().notNull(), number: bigint({ mode: 'number' }).notNull(), updated_at: now() },
  (table) => [primaryKey({ columns: [table.org_id, table.name] }), ...tenantPolicies()],
)
