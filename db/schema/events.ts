import { sql } from 'drizzle-orm'
import {
  boolean,
  index,
  integer,
  json,
  pgPolicy,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { ofConnection } from './connections.ts'
import { dispatcherReads, instant, intakeRole, now, orgId, tenantPolicies } from './tenant.ts'

/** Inbox and unified model `event` in one: one fact, stored once. */
export const events = pgTable(
  'events',
  {
    org_id: orgId(),
    unified_id: uuid().notNull(),
    connection_id: uuid().notNull(),
    source_system: text().notNull(),
    source_id: text().notNull(),
    schema_version: text().notNull().default('1.0.0'),
    event_type: text().notNull(),
    event_category: text(),
    payload: json().notNull(),
    user_id: text(),
    resource_type: text(),
    resource_id: text(),
    occurred_at: instant().notNull(),
    /** Another telling of the same event has the same key. */
    dedupe_key: text().notNull(),
    /** Events of one object apply in their order. */
    object_key: text(),
    status: text({ enum: ['pending', 'done', 'dead', 'ignored'] })
      .notNull()
      .default('pending'),
    /** The object has to be read: the event does not hold it, or another one of the same instant says something else. */
    hint: boolean().notNull().default(false),
    attempts: integer().notNull().default(0),
    last_error: text(),
    created_at: now(),
    updated_at: now(),
    synced_at: now(),
    archived_at: instant(),
    deleted_at: instant(),
    custom_fields: json()
      .notNull()
      .default(sql`'{}'`),
  },
  (table) => [
    primaryKey({ columns: [table.org_id, table.unified_id] }),
    index('events_pending')
      .on(table.org_id, table.connection_id, table.occurred_at)
      .where(sql`status = 'pending'`),
    uniqueIndex('events_dedupe').on(table.org_id, table.connection_id, table.dedupe_key),
    ofConnection(table),
    ...tenantPolicies(),
    dispatcherReads(),
    // Insert only, of every org: one group commit may span orgs.
    pgPolicy('intake_insert', { for: 'insert', to: intakeRole, withCheck: sql`true` }),
  ],
)
