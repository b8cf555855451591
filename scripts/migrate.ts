/** `npm run migrate`: the newest schema, and the views of the enabled connectors. */
import { migrateConfig } from '../config.ts'
import { connectorSql } from '../connectors/assemble-migrations.ts'
import { loadRegistry } from '../connectors/registry.ts'
import { migrate } from '../db/migrate.ts'

const config = migrateConfig()
const connectors = await connectorSql(await loadRegistry())
await migrate({ adminUrl: config.DATABASE_ADMIN_URL, appUrl: config.DATABASE_URL, connectorSql: connectors })
console.log('The database has the newest schema.')
