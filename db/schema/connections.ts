import { sql } from 'drizzle-orm'
import {
  bigint,
  foreignKey,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
  type AnyPgColumn,
} from 'drizzle-orm/pg-core'
import type { Account, Resource } from '@tributary/sdk'
import { connectors } from './orgs.ts'
import { bytea, dispatcherReads, instant, now, orgId, tenantPolicies } from './tenant.ts'

export type SupportedEvent = { event_type: string; schema_reference: string; description: string }

export const connections = pgTable(
  'connections',
  {
    org_id: orgId(),
    id: uuid().notNull(),
    connector: text()
      .notNull()
      .references(() => connectors.type),
    app_key: text().notNull(),
    name: text().notNull(),
    config: jsonb().$type<Record<string, unknown>>().notNull(),
    /** inactive: paused. error: stopped by a failure of auth or configuration, see `status_reason`. */
    status: text({ enum: ['active', 'inactive', 'error'] }).notNull(),
    status_reason: text(),
    sync_status: text({ enum: ['idle', 'syncing', 'error', 'success'] }).notNull(),
    error_message: text(),
    last_sync_at: instant(),
    last_validated_at: instant(),
    supported_events: jsonb().$type<SupportedEvent[]>().notNull(),
    /** Floors what a full pass asks for, where a source can be asked by time. */
    sync_from: instant(),
    /** null: no schedule. */
    schedule_seconds: integer(),
    /** Who the credentials are at the source. */
    account: jsonb().$type<Account>().notNull(),
    created_by: text().notNull(),
    created_at: now(),
    updated_at: now(),
    deleted_at: instant(),
  },
  (table) => [
    primaryKey({ columns: [table.org_id, table.id] }),
    uniqueIndex('connections_app_key')
      .on(table.org_id, table.app_key)
      .where(sql`deleted_at is null`),
    ...tenantPolicies(),
    dispatcherReads(),
  ],
)

/** For a foreign key to a connection: (org_id, connection_id), so that no row can point into another org. */
export const ofConnection = (table: { org_id: AnyPgColumn; connection_id: AnyPgColumn }) =>
  foreignKey({ columns: [table.org_id, table.connection_id], foreignColumns: [connections.org_id, connections.id] })

export const credentials = pgTable(
  'credentials',
  {
    org_id: orgId(),
    connection_id: uuid().notNull(),
    credential_type: text({ enum: ['api_key', 'oauth_token', 'basic_auth', 'bearer_token'] }).notNull(),
    /** The sealed JSON of all fields of the credential schema. */
    encrypted_value: bytea().notNull(),
    refresh_token_encrypted: bytea(),
    expires_at: instant(),
    created_at: now(),
    updated_at: now(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.connection_id] }), ofConnection(table), ...tenantPolicies()],
)

/** Content given to a connection (a CSV file), in chunks. Another content has another revision. */
export const uploads = pgTable(
  'uploads',
  {
    org_id: orgId(),
    connection_id: uuid().notNull(),
    revision: text().notNull(),
    bytes: bigint({ mode: 'number' }).notNull(),
    created_at: now(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.connection_id] }), ofConnection(table), ...tenantPolicies()],
)

export const uploadChunks = pgTable(
  'upload_chunks',
  {
    org_id: orgId(),
    connection_id: uuid().notNull(),
    revision: text().notNull(),
    /** Offset of the chunk's first byte. */
    first_byte: bigint({ mode: 'number' }).notNull(),
    content: bytea().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.org_id, table.connection_id, table.revision, table.first_byte] }),
    ofConnection(table),
    ...tenantPolicies(),
  ],
)

/** Fences: a writer holds the epoch that it started with; take-over, cancel, pause and delete bump it. '' is the connection's own. */
export const epochs = pgTable(
  'epochs',
  {
    org_id: orgId(),
    connection_id: uuid().notNull(),
    resource: text().notNull().default(''),
    epoch: bigint({ mode: 'number' }).notNull().default(1),
  },
  (table) => [
    primaryKey({ columns: [table.org_id, table.connection_id, table.resource] }),
    ofConnection(table),
    ...tenantPolicies(),
  ],
)

/** What is known of each resource of a connection: its definition as last planned, and its passes. */
export const resourceStates = pgTable(
  'resource_states',
  {
    org_id: orgId(),
    connection_id: uuid().notNull(),
    resource: text().notNull(),
    definition: jsonb().$type<Resource>().notNull(),
    /** Of the newest full pass, complete or not. */
    generation: integer().notNull().default(0),
    complete_generation: integer().notNull().default(0),
    /** When the newest complete pass began, in ms of the source's clock: a floor of every row's effective version. */
    complete_started_ms: bigint({ mode: 'number' }).notNull().default(0),
    /** When the newest complete pass ended, by our clock. */
    completed_at: instant(),
    /** The generation whose sweep was stopped, and waits to be confirmed or refused. */
    suspected_generation: integer(),
    /** Of the content that the newest complete pass read, where the source has such a thing. '': the next pass reads it whatever it is. */
    revision: text(),
  },
  (table) => [
    primaryKey({ columns: [table.org_id, table.connection_id, table.resource] }),
    ofConnection(table),
    ...tenantPolicies(),
  ],
)
