import {
  bigint,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core'
import { ofConnection } from './connections.ts'
import { count, dispatcherReads, instant, now, orgId, tenantPolicies } from './tenant.ts'

export const syncStatuses = ['queued', 'running', 'succeeded', 'partial', 'failed', 'cancelled'] as const
export const syncModes = ['incremental', 'full', 'rederive'] as const
/** How a resource is read. `feed`: from the account's one list of events. */
export const scans = ['full', 'incremental', 'feed', 'rederive'] as const

export const syncs = pgTable(
  'syncs',
  {
    org_id: orgId(),
    id: uuid().notNull(),
    connection_id: uuid().notNull(),
    mode: text({ enum: syncModes }).notNull(),
    /** pass: by a full pass that has ended, to catch up with what changed meanwhile. */
    trigger: text({ enum: ['api', 'schedule', 'pass'] }).notNull(),
    /** null: all of the connection. */
    requested_resources: text().array(),
    status: text({ enum: syncStatuses }).notNull(),
    /** The sync whose run did the work, where one run serves several. */
    served_by: uuid(),
    workflow_id: text(),
    requested_by: text().notNull(),
    requested_at: now(),
    started_at: instant(),
    cancel_requested_at: instant(),
    finished_at: instant(),
    error_code: text(),
    error_message: text(),
  },
  (table) => [
    primaryKey({ columns: [table.org_id, table.id] }),
    ofConnection(table),
    index('syncs_by_connection').on(table.org_id, table.connection_id, table.requested_at),
    index('syncs_unfinished').on(table.status, table.requested_at),
    ...tenantPolicies(),
    dispatcherReads(),
  ],
)

/** One resource of a run. Every number comes from the transactions that did the work. */
export const syncResources = pgTable(
  'sync_resources',
  {
    org_id: orgId(),
    sync_id: uuid().notNull(),
    resource: text().notNull(),
    scan: text({ enum: scans }).notNull(),
    status: text({ enum: ['running', 'succeeded', 'failed', 'cancelled'] }).notNull(),
    generation: integer().notNull(),
    /** What an operator should know, such as that a full pass ran in place of an incremental one. */
    note: text(),
    pages: count(),
    fetched: count(),
    created: count(),
    updated: count(),
    unchanged: count(),
    stale: count(),
    archived: count(),
    deleted: count(),
    /** Not seen by a complete pass, but too many to be believed. */
    suspected: count(),
    quarantined: count(),
    /** Objects without an id. */
    skipped: count(),
    errors: count(),
    requests: count(),
    throttled_ms: count(),
    /** How many objects the source says there are, for progress only. */
    total: bigint({ mode: 'number' }),
    /** What a complete pass led to for what it has not seen; null: nothing was looked for. */
    sweep: text({ enum: ['done', 'suspected', 'confirmed', 'refused'] }),
    /** How far behind the source the resource was when it ended. */
    lag_ms: bigint({ mode: 'number' }),
    waiting_for: text(),
    wait_until: instant(),
    started_at: now(),
    updated_at: now(),
    finished_at: instant(),
    error_code: text(),
    error_message: text(),
  },
  (table) => [
    primaryKey({ columns: [table.org_id, table.sync_id, table.resource] }),
    foreignKey({ columns: [table.org_id, table.sync_id], foreignColumns: [syncs.org_id, syncs.id] }),
    ...tenantPolicies(),
    dispatcherReads(),
  ],
)

/** Where the next read begins. It commits with the rows that it covers, or not at all. */
export const cursors = pgTable(
  'cursors',
  {
    org_id: orgId(),
    connection_id: uuid().notNull(),
    resource: text().notNull(),
    parent: text().notNull().default(''),
    lane: text().notNull(),
    range: smallint().notNull().default(0),
    epoch: bigint({ mode: 'number' }).notNull(),
    position: jsonb().notNull(),
    updated_at: timestamp({ withTimezone: true, mode: 'string' }).notNull().defaultNow(),
  },
  (table) => [
    primaryKey({
      columns: [table.org_id, table.connection_id, table.resource, table.parent, table.lane, table.range],
    }),
    ofConnection(table),
    ...tenantPolicies(),
  ],
)
