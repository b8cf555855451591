import { ConnectorError, type Resource } from '@tributary/sdk'
import { checkFence } from '../db/epochs.ts'
import type { Pass } from '../db/passes.ts'
import { findResourceState } from '../db/resource-states.ts'
import { asWorker, inOrg } from '../db/tenancy.ts'
import type { EngineDeps } from './deps.ts'
import type { Usage } from './metered-fetch.ts'
import { openConnection, type OpenConnection } from './open.ts'

/** One resource of an opened connection, as the reading side of the engine handles it. */
export type Source = OpenConnection & {
  resource: Resource
  signal: AbortSignal
  /** Of the content that the last complete pass read. */
  revision: string | null
  /** Every `next` of this chunk, as JSON: the way by which a list that leads back is noticed. */
  visited: Set<string>
  /** What of `usage` is in the report already. */
  reported: Usage
  /** Throws FencedError where the run was stopped. Asked beside each page, so that it stops within one. */
  checkFence(): Promise<void>
}

export async function openSource(deps: EngineDeps, pass: Pass, signal: AbortSignal): Promise<Source> {
  const tenant = asWorker(pass.org_id)
  const opened = await openConnection(deps, tenant, pass.connection_id, signal)
  const state = await inOrg(deps.db, tenant, (tx) => findResourceState(tx, pass))
  if (!state)
    throw new ConnectorError('not_found', `${opened.entry.manifest.type}: there is no resource ${pass.resource}`)
  return {
    ...opened,
    resource: state.definition,
    revision: state.revision,
    signal,
    visited: new Set(),
    reported: { requests: 0, errors: 0, throttled_ms: 0 },
    checkFence: () => inOrg(deps.db, tenant, (tx) => checkFence(tx, pass, pass.fence)),
  }
}

/** Asks the source who we are. Another account than the one that was connected would mix two accounts' rows. */
export async function checkAccount(source: Source): Promise<void> {
  const { id, mode } = await source.adapter.testConnection()
  if (id === source.account.id && mode === source.account.mode) return
  const { type } = source.entry.manifest
  throw new ConnectorError(
    'config_invalid',
    `${type}: the credentials belong to another account (or mode) than this connection; set the right ones with PUT /v1/connections/:id/credentials, or make another connection`,
  )
}

/** What was used since it was last asked for. */
export function takeUsage(source: Source): Usage {
  const { requests, errors, throttled_ms } = source.usage
  const before = source.reported
  source.reported = { requests, errors, throttled_ms }
  return {
    requests: requests - before.requests,
    errors: errors - before.errors,
    throttled_ms: Math.round(throttled_ms - before.throttled_ms),
  }
}
