import { ConnectorError, type Resource } from '@tributary/sdk'
import { asWorker } from '../db/tenancy.ts'
import type { ConnectionKey } from '../db/connections.ts'
import type { EngineDeps } from './deps.ts'
import { openConnection } from './open.ts'

/**
 * The resources that a run reads: the manifest's and those that the source itself names, or of these only the ones asked for.
 * Throws `not_found` for one that is not there.
 */
export async function planResources(
  deps: EngineDeps,
  key: ConnectionKey,
  asked: string[] | null,
  signal: AbortSignal,
): Promise<Resource[]> {
  const { entry, adapter } = await openConnection(deps, asWorker(key.org_id), key.connection_id, signal)
  try {
    const all = [...entry.manifest.resources, ...((await adapter.discover?.()) ?? [])]
    return asked ? asked.map((name) => pick(entry.manifest.type, all, name)) : all
  } finally {
    await adapter.close?.()
  }
}

function pick(type: string, all: Resource[], name: string): Resource {
  const resource = all.find((candidate) => candidate.name === name)
  if (resource) return resource
  const known = all.map((candidate) => candidate.name).join(', ')
  throw new ConnectorError('not_found', `${type}: there is no resource ${name}; there are ${known}`)
}
