import { sql } from 'drizzle-orm'
import { foreignKey, pgPolicy, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { appRole, bytea, dispatcherReads, dispatcherRole, instant, now, orgId, tenantPolicies } from './tenant.ts'

const dispatcherInserts = () =>
  pgPolicy('dispatcher_insert', { for: 'insert', to: dispatcherRole, withCheck: sql`true` })

export const orgs = pgTable('orgs', { id: uuid().primaryKey(), name: text().notNull(), created_at: now() }, () => [
  ...tenantPolicies(sql`id`),
  dispatcherReads(),
  dispatcherInserts(),
])

export const apiKeys = pgTable(
  'api_keys',
  {
    org_id: orgId().references(() => orgs.id),
    id: uuid().notNull(),
    name: text().notNull(),
    role: text({ enum: ['owner', 'editor', 'viewer'] }).notNull(),
    /** The readable start of the key, so that its owner knows which one it is. */
    prefix: text().notNull(),
    created_at: now(),
    expires_at: instant(),
    revoked_at: instant(),
  },
  (table) => [
    primaryKey({ columns: [table.org_id, table.id] }),
    ...tenantPolicies(),
    dispatcherReads(),
    dispatcherInserts(),
  ],
)

/** Deployment-wide, since a key must be found before its org is known. Only the dispatcher's functions read it. */
export const apiKeyHashes = pgTable(
  'api_key_hashes',
  { hash: bytea().primaryKey(), org_id: orgId(), api_key_id: uuid().notNull() },
  (table) => [
    foreignKey({ columns: [table.org_id, table.api_key_id], foreignColumns: [apiKeys.org_id, apiKeys.id] }),
    dispatcherReads(),
    dispatcherInserts(),
  ],
)

/** What this deployment can connect to, filled from the registry at each start. The same for every org. */
export const connectors = pgTable(
  'connectors',
  {
    type: text().primaryKey(),
    name: text().notNull(),
    description: text().notNull(),
    direction: text().notNull(),
    version: text().notNull(),
    schema_version: text().notNull(),
    capabilities: text().array().notNull(),
    status: text({ enum: ['active', 'deprecated', 'disabled'] }).notNull(),
    icon_url: text(),
    documentation_url: text(),
    updated_at: now(),
  },
  () => [pgPolicy('app_all', { for: 'all', to: appRole, using: sql`true`, withCheck: sql`true` })],
)

/** One known text sealed with each key of the keyring, so that a wrong key is noticed at start and not at the first secret. */
export const encryptionCanaries = pgTable(
  'encryption_canaries',
  { key_id: text().primaryKey(), sealed: bytea().notNull() },
  () => [pgPolicy('app_all', { for: 'all', to: appRole, using: sql`true`, withCheck: sql`true` })],
)
