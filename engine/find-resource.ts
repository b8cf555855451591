import { ConnectorError, type Resource } from '@tributary/sdk'
import type { ConnectionRow } from '../db/connections.ts'
import { listDefinitions } from '../db/resource-definitions.ts'
import { inOrg, type Tenant } from '../db/tenancy.ts'
import { askSource } from './ask-source.ts'
import type { EngineDeps } from './deps.ts'
import { openConnection, type OpenConnection } from './open.ts'

/** A resource of a connection: its connector's, one that was found earlier, or one that the source shows now. Throws `not_found`. */
export async function findResource(deps: EngineDeps, opened: OpenConnection, name: string): Promise<Resource> {
  const known = await knownResources(deps, opened.connection)
  const all = known.some((resource) => resource.name === name) ? known : [...known, ...(await discover(opened))]
  const found = all.find((resource) => resource.name === name)
  if (found) return found
  const names = [...new Set(all.map((resource) => resource.name))].join(', ')
  throw new ConnectorError(
    'not_found',
    `the connection ${opened.connection.app_key} has no resource ${name}; it has: ${names || 'none'}`,
  )
}

/** Which of `names` are no resources of the connection. The source is asked only where it may have more than is known. */
export async function unknownResources(
  deps: EngineDeps,
  tenant: Tenant,
  connection: ConnectionRow,
  names: string[],
): Promise<string[]> {
  const missing = without(names, await knownResources(deps, connection))
  if (missing.length === 0) return []
  return askSource(
    (signal) => openConnection(deps, tenant, connection.id, { signal, priority: 'live' }),
    async (opened) => without(missing, await discover(opened)),
  )
}

async function knownResources(deps: EngineDeps, { org_id, id, connector }: ConnectionRow): Promise<Resource[]> {
  const stored = await inOrg(deps.db, { org_id, role: 'viewer' }, (tx) =>
    listDefinitions(tx, { org_id, connection_id: id }),
  )
  return [...deps.registry.getConnector(connector).manifest.resources, ...stored]
}

const discover = async ({ adapter }: OpenConnection): Promise<Resource[]> => (await adapter.discover?.()) ?? []
const without = (names: string[], resources: Resource[]) =>
  names.filter((name) => !resources.some((resource) => resource.name === name))
