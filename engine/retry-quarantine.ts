import type { Payload, Resource } from '@tributary/sdk'
import { findConnection, type ConnectionKey, type ConnectionRow } from '../db/connections.ts'
import { readStored } from '../db/entities.ts'
import { FencedError, readFence, type Fence } from '../db/epochs.ts'
import { listQuarantined, type RawEntity } from '../db/raw-entities.ts'
import { listDefinitions } from '../db/resource-definitions.ts'
import { inOrg, type Tenant, type Tx } from '../db/tenancy.ts'
import { apply } from './apply.ts'
import type { EngineDeps } from './deps.ts'
import { toItem } from './news.ts'

const BATCH = 200

export type RetryAsked = { resource: string | null; external_ids: string[] | null }
export type Retried = { tried: number; released: number }

/**
 * Tries to map what is in quarantine again, as after a fix of the mapper, without asking the source. Throws FencedError where
 * the connection is stopped meanwhile.
 */
export async function retryQuarantine(
  deps: EngineDeps,
  tenant: Tenant,
  key: ConnectionKey,
  asked: RetryAsked,
): Promise<Retried> {
  const { resources, ...at } = await inOrg(deps.db, tenant, (tx) => findResources(tx, deps, key))
  const counts = { tried: 0, released: 0 }
  for (const resource of resources.filter(({ name }) => asked.resource === null || name === asked.resource))
    for (let after = ''; ;) {
      const from = after
      const rows = await inOrg(deps.db, tenant, (tx) =>
        retryBatch(tx, deps, { ...at, resource, external_ids: asked.external_ids, after: from }),
      )
      counts.tried += rows.tried
      counts.released += rows.released
      if (rows.last === undefined) break
      after = rows.last
    }
  return counts
}

async function findResources(tx: Tx, deps: EngineDeps, key: ConnectionKey) {
  const { connection: epoch } = await readFence(tx, key, '')
  const connection = await findConnection(tx, key)
  if (!connection) throw new FencedError()
  const { resources } = deps.registry.getConnector(connection.connector).manifest
  const stored = await listDefinitions(tx, key)
  const found = stored.filter(({ name }) => resources.every((resource) => resource.name !== name))
  return { connection, fence: { connection: epoch }, resources: [...resources, ...found] }
}

type Batch = {
  connection: ConnectionRow
  fence: Fence
  resource: Resource
  external_ids: string[] | null
  after: string
}

async function retryBatch(tx: Tx, deps: EngineDeps, { connection, fence, resource, ...asked }: Batch) {
  const key = { org_id: connection.org_id, connection_id: connection.id }
  const ofResource = { ...key, resource: resource.name }
  const rows = await listQuarantined(tx, ofResource, asked, BATCH)
  if (rows.length === 0) return { tried: 0, released: 0, last: undefined }
  const { counts } = await apply(tx, {
    key,
    entry: deps.registry.getConnector(connection.connector),
    account: connection.account,
    resource,
    fence,
    items: await toItems(tx, ofResource, resource, rows),
  })
  return { tried: rows.length, released: rows.length - counts.quarantined, last: rows.at(-1)!.external_id }
}

/** As new as what is known of the object: each pass since has seen it as it is in quarantine. */
async function toItems(
  tx: Tx,
  key: ConnectionKey & { resource: string },
  resource: Resource,
  rows: Omit<RawEntity, 'seq'>[],
) {
  const ids = rows.map((row) => row.external_id)
  const stored = new Map((await readStored(tx, key, ids, 0)).map((row) => [row.external_id, row.version]))
  return rows.map(({ external_id: id, raw, version }) => {
    const payload = JSON.parse(raw) as Payload
    const learnt = { origin: 'read' as const, version: Math.max(version, stored.get(id) ?? 0) }
    return toItem(resource, { resource: resource.name, id, payload, raw }, learnt)
  })
}
