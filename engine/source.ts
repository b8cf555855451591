import { ConnectorError, type Resource } from '@tributary/sdk'
import type { Scan } from '@tributary/sdk/manifest'
import { checkFence } from '../db/epochs.ts'
import type { Pass } from '../db/passes.ts'
import { findResourceState } from '../db/resource-states.ts'
import { asWorker, inOrg } from '../db/tenancy.ts'
import type { EngineDeps } from './deps.ts'
import type { Usage } from './metered-fetch.ts'
import { openConnection, type OpenConnection } from './open.ts'

/** What of `usage` is in the report already. */
export type Metered = { usage: Usage; reported: Usage }

/** One resource of an opened connection, as the reading side of the engine handles it. */
export type Source = OpenConnection &
  Metered & {
    resource: Resource
    /** How its list is asked for. */
    asked: 'full' | 'incremental'
    scan: Scan
    signal: AbortSignal
    /** Of the content that the last complete pass read. */
    revision: string | null
    /** Throws FencedError where the run was stopped. Asked beside each page, so that it stops within one. */
    checkFence(): Promise<void>
  }

export async function openSource(deps: EngineDeps, pass: Pass, signal: AbortSignal): Promise<Source> {
  const tenant = asWorker(pass.org_id)
  const opened = await openConnection(deps, tenant, pass.connection_id, {
    signal,
    priority: pass.scan === 'incremental' ? 'incremental' : 'backfill',
  })
  const state = await inOrg(deps.db, tenant, (tx) => findResourceState(tx, pass))
  const scan = state && scanOf(state.definition, pass)
  if (!scan)
    throw new ConnectorError('not_found', `${opened.entry.manifest.type}: there is no resource ${pass.resource}`)
  return {
    ...opened,
    resource: state.definition,
    asked: pass.scan === 'incremental' ? 'incremental' : 'full',
    scan,
    revision: state.revision || null,
    signal,
    reported: { requests: 0, errors: 0, throttled_ms: 0 },
    checkFence: () => inOrg(deps.db, tenant, (tx) => checkFence(tx, pass, pass.fence)),
  }
}

function scanOf({ full, incremental }: Resource, pass: Pass): Scan | undefined {
  if (pass.scan !== 'incremental') return full
  return typeof incremental === 'object' ? incremental : undefined
}

/** Asks the source who we are. Another account than the one that was connected would mix two accounts' rows. */
export async function checkAccount(source: OpenConnection): Promise<void> {
  const { id, mode } = await source.adapter.testConnection()
  if (id === source.account.id && mode === source.account.mode) return
  const { type } = source.entry.manifest
  throw new ConnectorError(
    'config_invalid',
    `${type}: the credentials belong to another account (or mode) than this connection; set the right ones with PUT /v1/connections/:id/credentials, or make another connection`,
  )
}

/** What was used since it was last asked for. */
export function takeUsage(source: Metered): Usage {
  const { requests, errors, throttled_ms } = source.usage
  const before = source.reported
  source.reported = { requests, errors, throttled_ms }
  return {
    requests: requests - before.requests,
    errors: errors - before.errors,
    throttled_ms: Math.round(throttled_ms - before.throttled_ms),
  }
}
