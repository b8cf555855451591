/** How what was asked for is called off. */
import { and, eq, sql } from 'drizzle-orm'
import { lockConnection } from './connection-lock.ts'
import type { ConnectionKey } from './connections.ts'
import { bumpEpoch } from './epochs.ts'
import { isLong, passWorkflowId } from './passes.ts'
import { syncResources, syncs } from './schema/index.ts'
import { isReader } from './sync-reports.ts'
import { endSync, endSyncs, syncsOfRun } from './sync-ends.ts'
import type { SyncRow } from './syncs.ts'
import type { Tx } from './tenancy.ts'

/** Asks a sync to stop. A queued one ends at once. A running one is fenced off here; its workflows are then to be cancelled. */
export async function cancelSync(
  tx: Tx,
  key: { org_id: string; sync_id: string },
): Promise<{ sync: SyncRow; workflow_ids: string[] } | undefined> {
  const sync = await lockSync(tx, key)
  if (!sync) return undefined
  if (sync.status === 'queued') await endSync(tx, sync, { status: 'cancelled' })
  const workflow_ids = sync.status === 'running' ? await stopRun(tx, sync) : []
  return { sync: (await lockSync(tx, key))!, workflow_ids }
}

/** Stops all that a connection does: nothing that is under way writes any more. Its syncs end as cancelled. */
export async function stopConnection(tx: Tx, key: ConnectionKey): Promise<{ workflow_ids: string[] }> {
  await fenceConnection(tx, key)
  const running = await tx
    .update(syncs)
    .set({ cancel_requested_at: sql`now()` })
    .where(and(eq(syncs.org_id, key.org_id), eq(syncs.connection_id, key.connection_id), eq(syncs.status, 'running')))
    .returning()
  const ids: string[][] = []
  for (const sync of running) ids.push(await workflowsOf(tx, sync))
  return { workflow_ids: [...new Set(ids.flat())] }
}

/** The same without calling the runs off: they end by themselves at the fence, as what they are. */
export async function fenceConnection(tx: Tx, key: ConnectionKey): Promise<void> {
  await lockConnection(tx, key)
  await bumpEpoch(tx, key, '')
  await endSyncs(tx, key, ['queued'], { status: 'cancelled', message: 'the connection was stopped' })
}

async function lockSync(tx: Tx, key: { org_id: string; sync_id: string }): Promise<SyncRow | undefined> {
  const ofSync = and(eq(syncs.org_id, key.org_id), eq(syncs.id, key.sync_id))
  const [found] = await tx.select().from(syncs).where(ofSync)
  if (!found) return undefined
  await lockConnection(tx, found)
  const [sync] = await tx.select().from(syncs).where(ofSync)
  return sync
}

/** Others that the same run serves go back to the queue, and the next run takes them. */
async function stopRun(tx: Tx, sync: SyncRow): Promise<string[]> {
  const ids = await workflowsOf(tx, sync)
  for (const other of await syncsOfRun(tx, sync.org_id, sync.served_by ?? sync.id)) {
    const change =
      other.id === sync.id ? { cancel_requested_at: sql`now()` } : { status: 'queued' as const, started_at: null }
    await tx
      .update(syncs)
      .set(change)
      .where(and(eq(syncs.org_id, other.org_id), eq(syncs.id, other.id)))
  }
  for (const { resource } of await runningReports(tx, sync)) await bumpEpoch(tx, sync, resource)
  return ids
}

async function workflowsOf(tx: Tx, sync: SyncRow): Promise<string[]> {
  const reports = await runningReports(tx, sync)
  const { connection_id, workflow_id, served_by } = sync
  const passes = reports
    .filter(({ scan }) => isLong(scan))
    .map((report) => passWorkflowId({ ...report, connection_id, sync_id: served_by ?? sync.id }, sync))
  return workflow_id ? [workflow_id, ...passes] : passes
}

/** Of what the sync reads itself. */
const runningReports = (tx: Tx, sync: SyncRow) =>
  tx
    .select({ resource: syncResources.resource, generation: syncResources.generation, scan: syncResources.scan })
    .from(syncResources)
    .where(
      and(
        eq(syncResources.org_id, sync.org_id),
        eq(syncResources.sync_id, sync.served_by ?? sync.id),
        eq(syncResources.status, 'running'),
        isReader,
      ),
    )
