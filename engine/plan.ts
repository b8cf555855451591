import { ConnectorError, type Resource } from '@tributary/sdk'
import type { Manifest } from '@tributary/sdk/manifest'
import type { ConnectionKey } from '../db/connections.ts'
import { findLanes, type Lanes } from '../db/lanes.ts'
import type { Planned } from '../db/passes.ts'
import type { SyncMode } from '../db/syncs.ts'
import { asWorker, inOrg } from '../db/tenancy.ts'
import type { EngineDeps } from './deps.ts'
import { openConnection } from './open.ts'
import { isExpired, RECONCILE_MS, type Position } from './position.ts'

/** `resources`: null is all but those that are `busy`. */
export type Asked = { mode: SyncMode; resources: string[] | null; busy: string[] }

/**
 * The resources that a run reads, each with how: the manifest's and those that the source itself names, or of these only the
 * ones asked for. Throws `not_found` for one that is not there.
 */
export async function planResources(
  deps: EngineDeps,
  key: ConnectionKey,
  asked: Asked,
  signal: AbortSignal,
): Promise<{ planned: Planned[]; manifest: Manifest }> {
  const asking = { signal, priority: 'incremental' } as const
  const { entry, adapter } = await openConnection(deps, asWorker(key.org_id), key.connection_id, asking)
  try {
    const { manifest } = entry
    const resources = pick(manifest.type, [...manifest.resources, ...((await adapter.discover?.()) ?? [])], asked)
    const lanes = await inOrg(deps.db, asWorker(key.org_id), (tx) => findLanes(tx, key))
    const plan = (resource: Resource) => planOne(resource, { mode: asked.mode, lanes, manifest, now: deps.time.now() })
    return { planned: resources.flatMap((resource) => plan(resource) ?? []), manifest }
  } finally {
    await adapter.close?.()
  }
}

type Known = { mode: SyncMode; lanes: Lanes; manifest: Pick<Manifest, 'feed'>; now: number }

/** How a resource is read, and why not otherwise. undefined: there is nothing to do for it. */
export function planOne(resource: Resource, known: Known): Planned | undefined {
  if (known.mode === 'rederive') return resource.model && { resource, scan: 'rederive', note: null }
  if (known.mode === 'full') return { resource, scan: 'full', note: null }
  const reason = reasonForFull(resource, known)
  if (reason !== undefined) return { resource, scan: 'full', note: `all of ${resource.name} was read: ${reason}` }
  return { resource, scan: resource.incremental === 'feed' ? 'feed' : 'incremental', note: null }
}

function reasonForFull({ name, incremental }: Resource, { lanes, manifest, now }: Known): string | undefined {
  if (!incremental) return 'its changes cannot be asked for'
  const state = lanes.states.get(name)
  if (!state?.complete_generation || !state.completed_at) return 'it has not been read before'
  if (now - Date.parse(state.completed_at) > RECONCILE_MS)
    return 'once a week, so that a missed change does not stay missed'
  const own = lanes.incremental.get(name) as Position | undefined
  const feed = lanes.feed as Position | undefined
  const [scan, lane] = incremental === 'feed' ? [manifest.feed!, feed] : [incremental, own]
  if (!own?.since || !lane?.since) return 'where to go on is not known'
  if (scan.by === 'time' && lane.field !== scan.field) return `changes are asked for by ${scan.field} now`
  if (isExpired(scan, lane.since, now)) return 'the source has forgotten the changes since the last sync'
  const isBroken = Date.parse(lane.unbroken_from ?? own.since) > Date.parse(own.since)
  return isBroken ? 'events since it was last read as a whole are not known' : undefined
}

function pick(type: string, all: Resource[], { resources: names, busy }: Asked): Resource[] {
  if (!names) return all.filter(({ name }) => !busy.includes(name))
  return names.map((name) => {
    const resource = all.find((candidate) => candidate.name === name)
    if (resource) return resource
    const known = all.map((candidate) => candidate.name).join(', ')
    throw new ConnectorError('not_found', `${type}: there is no resource ${name}; there are ${known}`)
  })
}
