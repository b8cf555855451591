import { setTimeout as sleep } from 'node:timers/promises'
import { findConnection, type ConnectionKey, type ConnectionRow } from '../db/connections.ts'
import { listScheduledConnections } from '../db/scheduled-connections.ts'
import { inOrg } from '../db/tenancy.ts'
import { deleteSchedule, putSchedule } from '../temporal/schedules.ts'
import { cancelWorkflows } from '../temporal/workflows.ts'
import type { ApiDeps } from './deps.ts'

/** Keeps Temporal's schedules as Postgres has the connections. */
export type Schedules = {
  /** Call it after the commit of a change. Where Temporal is away it is done later: the change itself stands. */
  follow(key: ConnectionKey): Promise<void>
  /** All connections of all orgs. Does not wait for them. */
  followAll(): void
  /** Waits for calls under way: Temporal's client would throw from a timer if its connection was closed under them. */
  close(): Promise<void>
}

const DEADLINE_MS = 2000
const RETRY_MS = 5000
const AT_ONCE = 8

export function createSchedules(deps: ApiDeps): Schedules {
  const behind = new Map<string, ConnectionKey>()
  const closing = new AbortController()
  const follow = async (key: ConnectionKey) => {
    const done = await tellTemporal(deps, 'put a schedule', () => bring(deps, key))
    if (done) behind.delete(key.connection_id)
    else behind.set(key.connection_id, key)
  }
  const retrying = retry(behind, follow, closing.signal)
  return {
    follow,
    followAll: () => void followAll(deps, follow),
    close: () => {
      closing.abort()
      return retrying
    },
  }
}

/**
 * Tells Temporal what Postgres holds already. It may be away: then false, a line in the log, and the client's answer is the
 * same, since nothing is lost.
 */
export async function tellTemporal(deps: ApiDeps, what: string, tell: () => Promise<unknown>): Promise<boolean> {
  try {
    await deps.temporal.client.withDeadline(Date.now() + DEADLINE_MS, tell)
    return true
  } catch (error) {
    deps.log.warn({ err: error }, `could not ${what}: Temporal does not answer as it should`)
    return false
  }
}

/** Runs that were fenced off already: until they notice, they only waste requests. */
export async function cancelRuns(deps: ApiDeps, workflow_ids: string[]): Promise<void> {
  await tellTemporal(deps, 'cancel workflows', () => cancelWorkflows(deps.temporal, workflow_ids))
}

async function bring(deps: ApiDeps, key: ConnectionKey): Promise<void> {
  const connection = await inOrg(deps.db, { org_id: key.org_id, role: 'viewer' }, (tx) => findConnection(tx, key))
  await (connection ? putSchedule(deps.temporal, toSchedule(connection)) : deleteSchedule(deps.temporal, key))
}

function toSchedule(connection: ConnectionRow) {
  const { org_id, id, connector, name, schedule_seconds, status, status_reason } = connection
  const note = status === 'inactive' ? 'The connection is paused' : (status_reason ?? undefined)
  return { org_id, connection_id: id, connector, name, schedule_seconds, paused: status !== 'active', note }
}

async function retry(
  behind: Map<string, ConnectionKey>,
  follow: Schedules['follow'],
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await sleep(RETRY_MS, undefined, { signal, ref: false }).catch(() => {})
    if (!signal.aborted) await followEach([...behind.values()], follow)
  }
}

async function followAll(deps: ApiDeps, follow: Schedules['follow']): Promise<void> {
  try {
    await followEach(await listScheduledConnections(deps.db), follow)
  } catch (error) {
    deps.log.error({ err: error }, 'could not list the connections whose schedules must be there')
  }
}

async function followEach(keys: ConnectionKey[], follow: Schedules['follow']): Promise<void> {
  for (let first = 0; first < keys.length; first += AT_ONCE)
    await Promise.all(keys.slice(first, first + AT_ONCE).map(follow))
}
