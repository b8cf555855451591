import { createHash } from 'node:crypto'
import { z } from 'zod'
import { ConnectorError, type Account, type Adapter, type Context, type Upload } from '@tributary/sdk'
import type { Entry } from '../connectors/registry.ts'
import { findConnection, findCredentials, type ConnectionRow } from '../db/connections.ts'
import { inOrg, type Tenant } from '../db/tenancy.ts'
import { findUpload } from '../db/uploads.ts'
import { createSourceClock, type SourceClock } from './clock.ts'
import type { Priority } from './budget/turns.ts'
import type { EngineDeps } from './deps.ts'
import { guardedDial } from './guarded-dial.ts'
import { unseal, type SealContext } from './keyring.ts'
import { meteredFetch, type Usage } from './metered-fetch.ts'
import { maskedSecrets, type Secrets } from './secret.ts'
import { storedUpload } from './upload.ts'

/** As much of the engine as opening takes where nothing is stored. */
type OpeningDeps = Pick<EngineDeps, 'registry' | 'budget' | 'outbound' | 'time' | 'allowPrivateTargets'>
export type OpenAdapter = { entry: Entry; adapter: Adapter; usage: Usage; clock: SourceClock }
export type OpenConnection = OpenAdapter & { connection: ConnectionRow; account: Account }
/** For how long it may ask the source, and how soon its requests go out among those of others on the same account. */
export type Asking = { signal: AbortSignal; priority: Priority }
export type AdapterInput = {
  /** None before it is stored. */
  connection_id?: string | undefined
  connector: string
  config: unknown
  credentials: Record<string, string>
  upload?: Upload | undefined
  account?: Account | undefined
}

/** Opens a connection with its stored credentials. Throws `not_found` where the org has no such connection. */
export async function openConnection(
  deps: EngineDeps,
  tenant: Tenant,
  connection_id: string,
  asking: Asking,
): Promise<OpenConnection> {
  const { connection, input } = await readAdapterInput(deps, tenant, connection_id)
  return { ...openAdapter(deps, input, asking), connection, account: connection.account }
}

/** What a connection is opened with, so that a change of it can be tried before it is stored. */
export async function readAdapterInput(
  deps: EngineDeps,
  tenant: Tenant,
  connection_id: string,
): Promise<{ connection: ConnectionRow; input: AdapterInput }> {
  const { connection, sealed, stored } = await inOrg(deps.db, tenant, async (tx) => {
    const key = { org_id: tenant.org_id, connection_id }
    return {
      connection: await findConnection(tx, key),
      sealed: await findCredentials(tx, key),
      stored: await findUpload(tx, key),
    }
  })
  if (!connection) throw new ConnectorError('not_found', `there is no connection ${connection_id}`)
  const credentials = sealed ? openCredentials(deps, connection, sealed.encrypted_value) : {}
  const upload = stored && storedUpload({ db: deps.db, tenant, connection_id }, stored)
  const { connector, config, account } = connection
  return { connection, input: { connection_id, connector, config, credentials, upload, account } }
}

/** Opens an adapter over credentials that are not stored (yet). Throws `config_invalid`, naming each field that is wrong. */
export function openAdapter(deps: OpeningDeps, input: AdapterInput, asking: Asking): OpenAdapter {
  const { signal, priority } = asking
  const entry = deps.registry.getConnector(input.connector)
  const secrets = maskedSecrets(input.credentials)
  const clock = createSourceClock(deps.time)
  const usage: Usage = { requests: 0, errors: 0, throttled_ms: 0 }
  const limits = input.account?.rateLimits ?? entry.manifest.rateLimits
  const payer = { key: payerOf(input), limits, connection: input.connection_id ?? '', priority }
  const context: Context<unknown> = {
    config: parseConfig(deps, entry, input.config),
    secret: (name) => requireSecret(entry, secrets, name),
    fetch: meteredFetch({ deps, payer, clock, usage, signal }),
    dial: guardedDial({ allowPrivate: deps.allowPrivateTargets, usage, signal }),
    ...(input.upload && { upload: input.upload }),
    signal,
  }
  return { entry, adapter: entry.connector.open(context), usage, clock }
}

export const credentialsContext = (key: { org_id: string; connection_id: string }): SealContext => ({
  org_id: key.org_id,
  table: 'credentials',
  row: key.connection_id,
  field: 'encrypted_value',
})

function openCredentials(deps: EngineDeps, connection: ConnectionRow, sealed: Buffer): Record<string, string> {
  const context = credentialsContext({ org_id: connection.org_id, connection_id: connection.id })
  return JSON.parse(unseal(deps.keyring, sealed, context)) as Record<string, string>
}

/** Checks and fills a connection's config. What a connector marks as `deploymentOption` needs the deployment's leave. */
function parseConfig(deps: OpeningDeps, entry: Entry, config: unknown): unknown {
  const { type } = entry.manifest
  const result = entry.connector.config.safeParse(config ?? {})
  if (!result.success) throw new ConnectorError('config_invalid', `${type}: config ${z.prettifyError(result.error)}`)
  const [closed] = deps.allowPrivateTargets ? [] : deploymentOptions(entry, config)
  if (closed)
    throw new ConnectorError('config_invalid', `${type}: ${closed} is not allowed on this deployment; leave it out`)
  return result.data
}

/** Those that are set to anything but their default. */
function deploymentOptions({ configSchema }: Entry, config: unknown): string[] {
  const options = new Map(Object.entries((configSchema.properties ?? {}) as Record<string, Option>))
  return Object.entries((config ?? {}) as Record<string, unknown>).flatMap(([name, value]) => {
    const option = options.get(name)
    return option?.deploymentOption === true && value !== option.default ? [name] : []
  })
}

type Option = { deploymentOption?: unknown; default?: unknown }

function requireSecret(entry: Entry, secrets: Secrets, name: string): string {
  const secret = secrets.get(name)
  if (secret) return secret
  const { type } = entry.manifest
  throw new ConnectorError(
    'config_invalid',
    `${type}: ${name} is missing; set it with PUT /v1/connections/:id/credentials`,
  )
}

/** Who pays for requests at the source: the account, or the credentials as long as the account is not known. */
function payerOf(input: AdapterInput): string {
  const identity = input.account ? [input.account.id, input.account.mode] : Object.values(input.credentials)
  return createHash('sha256')
    .update(JSON.stringify([input.connector, ...identity]))
    .digest('base64')
}
