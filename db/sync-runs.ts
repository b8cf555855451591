/** How a run takes the syncs that were asked for. */
import { randomUUID } from 'node:crypto'
import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import type { ConnectionKey, ConnectionRow } from './connections.ts'
import { isActive, lockConnection } from './connection-lock.ts'
import { isLong } from './passes.ts'
import { connections, syncResources, syncs } from './schema/index.ts'
import { endSyncs } from './sync-ends.ts'
import { isReader } from './sync-reports.ts'
import type { SyncRow } from './syncs.ts'
import type { Tx } from './tenancy.ts'

/** The syncs that one run serves. `lead` carries the report. `busy` is what full passes of earlier runs read. */
export type Claim = { lead: SyncRow; resources: string[] | null; busy: string[] }
/**
 * Claims all queued syncs of the oldest one's mode, or makes one where a scheduled one is due. undefined: nothing to do, or
 * another run is at work (it looks for what was queued meanwhile when it ends). A tick of the schedule does not wait for the
 * full passes of earlier runs, which can take days. Asked again by the same workflow, it answers the same.
 */
export async function claimSyncs(tx: Tx, key: ConnectionKey, workflow_id: string): Promise<Claim | undefined> {
  const connection = await lockConnection(tx, key)
  if (!isActive(connection)) {
    await endSyncs(tx, key, ['queued'], { status: 'cancelled', message: 'the connection is not active' })
    return undefined
  }
  const running = await syncsOf(tx, key, 'running')
  const readers = await readersOf(tx, running)
  const own = running.filter((sync) => sync.workflow_id === workflow_id)
  const busy = readers.filter(({ sync_id }) => own.every(({ id }) => id !== sync_id)).map(({ resource }) => resource)
  if (own.length > 0) return claimOf(own, busy)
  if (running.some((sync) => isShort(sync, readers))) return undefined
  const served = running.length > 0 ? [] : await oldestQueued(tx, key)
  if (served.length === 0 && (await isTickDue(tx, connection))) served.push(await insertTick(tx, key))
  return served.length > 0 ? claimOf(await start(tx, served, workflow_id), busy) : undefined
}

/** Whether the passes of a claimed run may begin: neither it nor its connection was stopped since. That stays so in this transaction. */
export async function mayBegin(tx: Tx, lead: SyncRow): Promise<boolean> {
  const connection = await lockConnection(tx, lead)
  const [sync] = await tx
    .select({ status: syncs.status, cancel_requested_at: syncs.cancel_requested_at })
    .from(syncs)
    .where(and(eq(syncs.org_id, lead.org_id), eq(syncs.id, lead.id)))
  return isActive(connection) && sync?.status === 'running' && sync.cancel_requested_at === null
}

/** Whether a run is at what takes minutes at most: planning, or reading what is new. */
const isShort = (sync: SyncRow, readers: { sync_id: string; scan: string }[]) => {
  const own = readers.filter(({ sync_id }) => sync_id === (sync.served_by ?? sync.id))
  return own.length === 0 || own.some(({ scan }) => !isLong(scan))
}

async function readersOf(tx: Tx, running: SyncRow[]) {
  if (running.length === 0) return []
  const { sync_id, resource, scan } = syncResources
  const ids = running.map(({ id }) => id)
  const ofRuns = and(eq(syncResources.org_id, running[0]!.org_id), inArray(sync_id, ids))
  return tx
    .select({ sync_id, resource, scan })
    .from(syncResources)
    .where(and(ofRuns, eq(syncResources.status, 'running'), isReader))
}

async function oldestQueued(tx: Tx, key: ConnectionKey): Promise<SyncRow[]> {
  const queued = await syncsOf(tx, key, 'queued')
  return queued.filter((sync) => sync.mode === queued[0]!.mode)
}

/** The lead comes first: it is the one that nobody else serves. */
const syncsOf = (tx: Tx, key: ConnectionKey, status: SyncRow['status']): Promise<SyncRow[]> =>
  tx
    .select()
    .from(syncs)
    .where(and(eq(syncs.org_id, key.org_id), eq(syncs.connection_id, key.connection_id), eq(syncs.status, status)))
    .orderBy(sql`${syncs.served_by} nulls first`, asc(syncs.requested_at), asc(syncs.id))

async function start(tx: Tx, served: SyncRow[], workflow_id: string): Promise<SyncRow[]> {
  const [lead, ...others] = served
  for (const sync of served)
    await tx
      .update(syncs)
      .set({
        status: 'running',
        workflow_id,
        // Not now(): this transaction may have begun before the one that asked.
        started_at: sql`clock_timestamp()`,
        served_by: others.includes(sync) ? lead!.id : null,
      })
      .where(and(eq(syncs.org_id, sync.org_id), eq(syncs.id, sync.id)))
  await tx
    .update(connections)
    .set({ sync_status: 'syncing', updated_at: sql`now()` })
    .where(and(eq(connections.org_id, lead!.org_id), eq(connections.id, lead!.connection_id)))
  return served.map((sync) => ({ ...sync, workflow_id }))
}

function claimOf(served: SyncRow[], busy: string[]): Claim {
  const all = served.some((sync) => !sync.requested_resources?.length)
  const resources = all ? null : [...new Set(served.flatMap((sync) => sync.requested_resources!))]
  return { lead: served[0]!, resources, busy }
}

/**
 * A wake and a tick of the schedule look alike (a trigger carries no arguments), so the tick is known by being due: since the
 * last run over the whole connection more than half an interval has gone by.
 */
async function isTickDue(tx: Tx, connection: ConnectionRow): Promise<boolean> {
  if (connection.schedule_seconds === null) return false
  const recent = sql`${syncs.started_at} > now() - make_interval(secs => ${connection.schedule_seconds} / 2.0)`
  const isWhole = sql`coalesce(cardinality(${syncs.requested_resources}), 0) = 0 and ${syncs.mode} <> 'rederive'`
  const [row] = await tx
    .select({ id: syncs.id })
    .from(syncs)
    .where(and(eq(syncs.org_id, connection.org_id), eq(syncs.connection_id, connection.id), recent, isWhole))
    .limit(1)
  return row === undefined
}

async function insertTick(tx: Tx, key: ConnectionKey): Promise<SyncRow> {
  const tick = { mode: 'incremental', trigger: 'schedule', status: 'queued', requested_by: 'schedule' } as const
  const [row] = await tx
    .insert(syncs)
    .values({ org_id: key.org_id, connection_id: key.connection_id, id: randomUUID(), ...tick })
    .returning()
  return row!
}
