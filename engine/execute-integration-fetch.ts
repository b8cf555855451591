/** Live reads: what a source holds now, without Temporal (no payload may travel through it) and without storing it. */
import { LRUCache } from 'lru-cache'
import { ConnectorError, type Change, type Resource } from '@tributary/sdk'
import type { Tenant } from '../db/tenancy.ts'
import { askSource } from './ask-source.ts'
import type { EngineDeps } from './deps.ts'
import { findResource } from './find-resource.ts'
import { openConnection, type OpenConnection } from './open.ts'
import { withRetries } from './retry.ts'
import { columnsOf, type TableColumn } from './table.ts'
import { isStub, readWhole } from './whole.ts'

export type IntegrationFetch = { tenant: Tenant; connection_id: string; resource: string; limit: number }
/** `settings` names what the connection reads with: another name is not answered from the cache of this one. */
export type CachedFetch = IntegrationFetch & { settings: string }
/** `rows` are the exact JSON text of each object, `columns` are empty for events. `more`: the source has further ones. */
export type LiveRead = {
  resource: string
  shape: 'table' | 'events'
  columns: TableColumn[]
  rows: string[]
  more: boolean
  fetched_at: string
}
type Fetched = LiveRead & { ttlMs: number }

const CACHE_BYTES = 64 * 1024 * 1024
const DAY_MS = 24 * 3600 * 1000

/**
 * `executeIntegrationFetch` behind a cache: a read is kept for as long as its resource says, and those that ask for the same
 * at one time share one request.
 */
export function cachedIntegrationFetch(deps: EngineDeps): (request: CachedFetch) => Promise<LiveRead> {
  const cache = new LRUCache<string, Fetched, CachedFetch>({
    maxSize: CACHE_BYTES,
    sizeCalculation: ({ rows }) => rows.reduce((bytes, row) => bytes + row.length, 1),
    fetchMethod: async (_key, _stale, { options, context }) => {
      const fetched = await fetchLogged(deps, context)
      // 0 would mean for ever.
      options.ttl = Math.max(1, fetched.ttlMs)
      return fetched
    },
  })
  return ({ tenant, connection_id, resource, limit, settings }) => {
    const key = JSON.stringify([tenant.org_id, connection_id, resource, limit, settings])
    return cache.forceFetch(key, { context: { tenant, connection_id, resource, limit, settings } })
  }
}

/**
 * One page of a resource, at most `limit` objects. Throws ConnectorError: `not_found` (connection or resource), `unsupported`
 * where the connector cannot read, and what the source answers.
 */
export const executeIntegrationFetch = (deps: EngineDeps, request: IntegrationFetch): Promise<LiveRead> =>
  fetchLogged(deps, request)

/** Each attempt is logged by ids and counts: no parameter, payload or credential. */
async function fetchLogged(deps: EngineDeps, request: IntegrationFetch): Promise<Fetched> {
  const { tenant, connection_id, resource } = request
  const attempt = { org_id: tenant.org_id, connection_id, resource }
  const startedAt = Date.now()
  try {
    const fetched = await fetchPage(deps, request)
    deps.log.info({ ...attempt, rows: fetched.rows.length, ms: Date.now() - startedAt }, 'live read')
    return fetched
  } catch (error) {
    deps.log.warn({ ...attempt, err: error, ms: Date.now() - startedAt }, 'live read failed')
    throw error
  }
}

const fetchPage = (deps: EngineDeps, request: IntegrationFetch): Promise<Fetched> =>
  askSource(
    (signal) => openConnection(deps, request.tenant, request.connection_id, { signal, priority: 'live' }),
    async (opened, signal) => {
      requireReading(opened)
      const resource = await findResource(deps, opened, request.resource)
      const { changes, more } = await readChanges(opened, resource, { limit: request.limit, signal })
      const { shape } = resource
      return {
        resource: resource.name,
        shape,
        columns: shape === 'table' ? columnsOf(changes.flatMap(({ payload }) => payload ?? [])) : [],
        rows: changes.flatMap(({ payload, raw }) => (payload ? [raw ?? JSON.stringify(payload)] : [])),
        more,
        fetched_at: new Date().toISOString(),
        ttlMs: resource.cacheTtlSeconds * 1000,
      }
    },
  )

function requireReading({ entry, adapter }: OpenConnection): void {
  const { type, capabilities } = entry.manifest
  if (!capabilities.includes('read') || !adapter.read)
    throw new ConnectorError('unsupported', `${type} cannot read; it can ${capabilities.join(', ') || 'do nothing'}`)
}

async function readChanges(
  opened: OpenConnection,
  resource: Resource,
  { limit, signal }: { limit: number; signal: AbortSignal },
): Promise<{ changes: Change[]; more: boolean }> {
  const { usage } = opened
  // No upper bound of time is meant, but a scan by time must be given one.
  const window = resource.full.by === 'time' ? { window: { to: new Date(Date.now() + DAY_MS).toISOString() } } : {}
  const request = { resource, scan: 'full' as const, limit: Math.min(limit, resource.pageSize), ...window }
  const page = await withRetries(() => opened.adapter.read!(request), { usage, signal })
  const items = page.items.slice(0, limit)
  const source = { ...opened, resource, signal }
  const stubs = items.filter(isStub).map(({ id }) => id)
  const whole = new Map((await readWhole(source, stubs)).map((item) => [item.id, item]))
  return {
    changes: items.map((item) => ({ ...item, ...pickObject(whole.get(item.id)) })),
    more: page.more || page.items.length > limit,
  }
}

const pickObject = (item: Pick<Change, 'payload' | 'raw'> | undefined) =>
  item && { payload: item.payload, raw: item.raw }
