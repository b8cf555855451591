import {
  bigint,
  boolean,
  integer,
  json,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { bytea, instant, int8multirange, now, orgId, tenantPolicies } from './tenant.ts'

// Hot tables have no foreign keys: a check for each of 30,000 rows a second costs more than the row. Purge deletes by connection.
const source = { org_id: orgId(), connection_id: uuid().notNull(), resource: text().notNull() }

/** Every object as its source gave it. */
export const entities = pgTable(
  'entities',
  {
    ...source,
    external_id: text().notNull(),
    /** Short name of the row for `seen_pages`. */
    seq: bigint({ mode: 'number' }).generatedAlwaysAsIdentity().notNull(),
    collection_key: text().notNull(),
    /** json, not jsonb: verbatim, and half the server's work. null: deleted before it was ever seen whole. */
    raw_payload: json(),
    /** sha256 of the payload without its volatile fields. */
    hash: bytea().notNull(),
    /** Time of this state in ms of the source's clock, and the rank of the kind of news that told it. */
    version: bigint({ mode: 'number' }).notNull(),
    rank: smallint().notNull(),
    created_at: now(),
    synced_at: now(),
    archived_at: instant(),
    deleted_at: instant(),
    /** How a deletion is known. */
    deletion_confidence: text({ enum: ['event', 'read', 'inferred'] }),
    /** Typed columns replace what Postgres cannot hold in text (NUL, lone surrogates); raw keeps it. */
    sanitized: boolean().notNull().default(false),
  },
  (table) => [
    primaryKey({ columns: [table.org_id, table.connection_id, table.resource, table.external_id] }),
    uniqueIndex('entities_seq').on(table.org_id, table.seq),
    ...tenantPolicies(),
  ],
)

/** Which rows a batch of list pages held: a row a batch instead of a write an object. */
export const seenPages = pgTable(
  'seen_pages',
  {
    ...source,
    id: bigint({ mode: 'number' }).generatedAlwaysAsIdentity().notNull(),
    generation: integer().notNull(),
    /** When the pages were asked for, in ms of the source's clock. */
    sent_at: bigint({ mode: 'number' }).notNull(),
    /** Rows that lie together in the source's list have neighbouring numbers, so a page is a handful of ranges. */
    seqs: int8multirange().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.org_id, table.connection_id, table.resource, table.sent_at, table.id] }),
    ...tenantPolicies(),
  ],
)

/** Objects that could not be mapped, with the reason. They leave it when they can. */
export const quarantine = pgTable(
  'quarantine',
  {
    ...source,
    external_id: text().notNull(),
    id: uuid().notNull(),
    collection_key: text().notNull(),
    raw_payload: json().notNull(),
    hash: bytea().notNull(),
    version: bigint({ mode: 'number' }).notNull(),
    reason_code: text().notNull(),
    reason: text().notNull(),
    attempts: integer().notNull().default(1),
    sync_id: uuid(),
    first_seen_at: now(),
    last_seen_at: now(),
  },
  (table) => [
    primaryKey({ columns: [table.org_id, table.connection_id, table.resource, table.external_id] }),
    uniqueIndex('quarantine_id').on(table.org_id, table.id),
    ...tenantPolicies(),
  ],
)
