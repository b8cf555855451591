/** How passes, runs and syncs end. Every sync ends in a terminal state. */
import { and, eq, inArray, or, sql } from 'drizzle-orm'
import { toPostgresText } from './bulk.ts'
import type { ConnectionKey } from './connections.ts'
import { dropCursor } from './cursors.ts'
import { connections, resourceStates, syncResources, syncs } from './schema/index.ts'
import { dropSeenPagesBefore } from './seen-pages.ts'
import { lockConnection } from './connection-lock.ts'
import { FULL_LANE, type PassKey } from './passes.ts'
import type { SyncRow } from './syncs.ts'
import type { Tx } from './tenancy.ts'

export type Failure = { code: string; message: string }
export type PassEnd =
  | { status: 'succeeded'; started_ms: number; revision: string | null }
  | { status: 'failed'; failure: Failure }
  | { status: 'cancelled' }

/**
 * Ends one pass, and with the last one the run. A pass that was taken over, or has ended, is left as it is.
 * `queued`: more was asked for meanwhile, so the connection must be woken.
 */
export async function endPass(tx: Tx, pass: PassKey, end: PassEnd): Promise<{ queued: boolean }> {
  await lockConnection(tx, pass)
  const ended = await endResource(tx, pass, end)
  if (ended && end.status === 'succeeded') await completeGeneration(tx, pass, end)
  return endRunIfDone(tx, pass, pass.sync_id)
}

/** Ends a run that has no (more) pass to wait for; `failure` where it could not even begin. */
export async function endRunIfDone(
  tx: Tx,
  key: ConnectionKey,
  lead_id: string,
  failure?: Failure,
): Promise<{ queued: boolean }> {
  const reports = await tx
    .select()
    .from(syncResources)
    .where(and(eq(syncResources.org_id, key.org_id), eq(syncResources.sync_id, lead_id)))
  if (reports.some((report) => report.status === 'running')) return { queued: false }
  for (const sync of await syncsOfRun(tx, key.org_id, lead_id)) {
    const asked = reports.filter(
      (report) => !sync.requested_resources?.length || sync.requested_resources.includes(report.resource),
    )
    await endSync(tx, sync, outcomeOf(sync, asked, failure))
  }
  return { queued: await hasQueued(tx, key) }
}

/** Ends syncs that no run serves (yet). */
export async function endSyncs(
  tx: Tx,
  key: ConnectionKey,
  statuses: SyncRow['status'][],
  end: { status: 'cancelled' | 'failed'; message: string },
): Promise<void> {
  await tx
    .update(syncs)
    .set({ status: end.status, error_message: end.message, finished_at: sql`now()` })
    .where(
      and(eq(syncs.org_id, key.org_id), eq(syncs.connection_id, key.connection_id), inArray(syncs.status, statuses)),
    )
}

async function endResource(tx: Tx, pass: PassKey, end: PassEnd): Promise<boolean> {
  const failure = end.status === 'failed' ? end.failure : undefined
  const rows = await tx
    .update(syncResources)
    .set({
      status: end.status,
      ...errorOf(failure),
      waiting_for: null,
      wait_until: null,
      finished_at: sql`now()`,
      updated_at: sql`now()`,
    })
    .where(
      and(
        eq(syncResources.org_id, pass.org_id),
        eq(syncResources.sync_id, pass.sync_id),
        eq(syncResources.resource, pass.resource),
        eq(syncResources.generation, pass.generation),
        eq(syncResources.status, 'running'),
      ),
    )
    .returning({ resource: syncResources.resource })
  return rows.length > 0
}

async function completeGeneration(tx: Tx, pass: PassKey, end: PassEnd & { status: 'succeeded' }): Promise<void> {
  const { org_id, connection_id, resource, generation } = pass
  const key = { org_id, connection_id, resource }
  await tx
    .update(resourceStates)
    .set({ complete_generation: generation, complete_started_ms: end.started_ms, revision: end.revision })
    .where(
      and(
        eq(resourceStates.org_id, org_id),
        eq(resourceStates.connection_id, connection_id),
        eq(resourceStates.resource, resource),
      ),
    )
  await dropSeenPagesBefore(tx, key, generation)
  await dropCursor(tx, key, FULL_LANE)
}

export const syncsOfRun = (tx: Tx, org_id: string, lead_id: string): Promise<SyncRow[]> =>
  tx
    .select()
    .from(syncs)
    .where(
      and(
        eq(syncs.org_id, org_id),
        eq(syncs.status, 'running'),
        or(eq(syncs.id, lead_id), eq(syncs.served_by, lead_id)),
      ),
    )

type Outcome = { status: 'succeeded' | 'partial' | 'failed' | 'cancelled'; failure?: Failure | undefined }

function outcomeOf(
  sync: SyncRow,
  asked: { status: string; error_code: string | null; error_message: string | null }[],
  failure?: Failure,
): Outcome {
  if (sync.cancel_requested_at) return { status: 'cancelled' }
  if (failure) return { status: 'failed', failure }
  const failed = asked.find((report) => report.status === 'failed')
  const succeeded = asked.filter((report) => report.status === 'succeeded').length
  if (succeeded === asked.length) return { status: 'succeeded' }
  const reason = failed && { code: failed.error_code ?? 'failed', message: failed.error_message ?? 'a resource failed' }
  if (succeeded > 0) return { status: 'partial', failure: reason }
  return failed ? { status: 'failed', failure: reason } : { status: 'cancelled' }
}

const SYNC_STATUS = { succeeded: 'success', partial: 'error', failed: 'error', cancelled: 'idle' } as const

export async function endSync(tx: Tx, sync: SyncRow, outcome: Outcome): Promise<void> {
  const { status, failure } = outcome
  await tx
    .update(syncs)
    .set({
      status,
      ...errorOf(failure),
      finished_at: sql`now()`,
    })
    .where(and(eq(syncs.org_id, sync.org_id), eq(syncs.id, sync.id)))
  if (sync.status !== 'running') return
  await tx
    .update(connections)
    .set({
      sync_status: SYNC_STATUS[status],
      error_message: errorOf(failure).error_message,
      updated_at: sql`now()`,
      ...(status === 'succeeded' && { last_sync_at: sql`now()` }),
    })
    .where(and(eq(connections.org_id, sync.org_id), eq(connections.id, sync.connection_id)))
}

/** The words may be the source's, which may hold anything. */
const errorOf = (failure: Failure | undefined) => ({
  error_code: failure?.code ?? null,
  error_message: failure ? toPostgresText(failure.message) : null,
})

async function hasQueued(tx: Tx, key: ConnectionKey): Promise<boolean> {
  const [row] = await tx
    .select({ id: syncs.id })
    .from(syncs)
    .where(and(eq(syncs.org_id, key.org_id), eq(syncs.connection_id, key.connection_id), eq(syncs.status, 'queued')))
    .limit(1)
  return row !== undefined
}
