import { v7 as uuidv7 } from 'uuid'
import type { Account } from '@tributary/sdk'
import { sealCredentials } from '../../api/connection-input.ts'
import { supportedEvents, toConnectorRow } from '../../api/schemas/connector.ts'
import type { Registry } from '../../connectors/registry.ts'
import type { Database } from '../../db/client.ts'
import { insertConnection, saveCredentials, type ConnectionKey } from '../../db/connections.ts'
import { saveConnectors } from '../../db/connectors.ts'
import { createOrg } from '../../db/orgs.ts'
import { asWorker, inOrg } from '../../db/tenancy.ts'
import { parseKeyring } from '../../engine/keyring.ts'
import type { BenchSandbox } from '../stand/sandbox.ts'

/** What is read in every comparison. */
export const RESOURCES = ['customer', 'charge']

export type SandboxAccount = Pick<BenchSandbox, 'url' | 'accountId' | 'secretKey'>
export type Connecting = {
  db: Database
  adminUrl: string
  registry: Registry
  sandbox: SandboxAccount
  encryptionKey: string
  /** Whether Stripe's rate limits hold. */
  limited: boolean
}

/** An org with connections to the sandbox, as the API would make them. */
export async function connectAll(options: Connecting, count: number): Promise<ConnectionKey[]> {
  await saveConnectors(options.db, options.registry.all().map(toConnectorRow))
  const { org_id } = await createOrg(options.adminUrl, { name: 'Bench' })
  const keys: ConnectionKey[] = []
  for (let n = 0; n < count; n++) keys.push(await connect(options, org_id, `bench-${n}`))
  return keys
}

async function connect(options: Connecting, org_id: string, app_key: string): Promise<ConnectionKey> {
  const { registry, sandbox, limited } = options
  const entry = registry.getConnector('stripe')
  const key = { org_id, connection_id: uuidv7() }
  const account: Account = { id: sandbox.accountId, mode: 'test', currency: 'USD', ...(!limited && { rateLimits: [] }) }
  const credentials = { secret_key: sandbox.secretKey }
  const sealed = sealCredentials(parseKeyring(options.encryptionKey), entry, key, credentials)
  await inOrg(options.db, asWorker(org_id), async (tx) => {
    await insertConnection(tx, {
      ...{ org_id, id: key.connection_id, connector: 'stripe', app_key, name: app_key, account },
      ...{ config: { base_url: sandbox.url }, schedule_seconds: null, sync_from: null, last_validated_at: null },
      supported_events: supportedEvents(entry),
      created_by: 'bench',
    })
    await saveCredentials(tx, key, sealed!)
  })
  return key
}
