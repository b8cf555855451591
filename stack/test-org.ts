import { randomUUID } from 'node:crypto'
import { createTestDatabase } from './test-database.ts'
import { createClient, type Database } from '../db/client.ts'
import { insertConnection, type ConnectionKey } from '../db/connections.ts'
import { saveConnectors } from '../db/connectors.ts'
import { inOrg, type Role, type Tx } from '../db/tenancy.ts'

export type TestOrg = {
  org_id: string
  db: Database
  /** For sessions apart from those of `db`. */
  appUrl: string
  /** A transaction of the org, as an editor if nothing else is said. */
  within<Result>(work: (tx: Tx) => Promise<Result>, role?: Role): Promise<Result>
  /** A new connection. */
  connect(): Promise<ConnectionKey>
  close(): Promise<void>
}

/** An org in a database of its own, for tests of what one table's queries do. */
export async function createTestOrg(options: { max?: number } = {}): Promise<TestOrg> {
  const database = await createTestDatabase()
  const { db, close } = createClient(database.appUrl, { max: options.max ?? 2 })
  const org_id = randomUUID()
  const within: TestOrg['within'] = (work, role = 'editor') => inOrg(db, { org_id, role }, work)
  const connector = { type: 'x', name: 'X', description: 'x', direction: 'inbound', version: '1', schema_version: '1' }
  await saveConnectors(db, [
    { ...connector, capabilities: [], status: 'active', icon_url: null, documentation_url: null },
  ])
  return {
    org_id,
    db,
    appUrl: database.appUrl,
    within,
    connect: async () => {
      const id = randomUUID()
      await within((tx) => insertConnection(tx, { ...emptyConnection, org_id, id, app_key: id }))
      return { org_id, connection_id: id }
    },
    close: async () => {
      await close()
      await database.drop()
    },
  }
}

const emptyConnection = {
  connector: 'x',
  name: 'X',
  config: {},
  supported_events: [],
  account: { id: 'acct_1', mode: 'test' as const },
  created_by: 'test',
  last_validated_at: null,
  sync_from: null,
  schedule_seconds: null,
}
