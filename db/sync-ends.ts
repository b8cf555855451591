/** How runs and syncs end. Every sync ends in a terminal state. */
import { and, eq, inArray, or, sql } from 'drizzle-orm'
import { toPostgresText } from './bulk.ts'
import type { ConnectionKey } from './connections.ts'
import { requestCatchUp } from './catch-up.ts'
import { connections, syncResources, syncs } from './schema/index.ts'
import type { SyncResourceRow, SyncRow } from './syncs.ts'
import type { Tx } from './tenancy.ts'

export type Failure = { code: string; message: string }

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
  const syncs = await syncsOfRun(tx, key.org_id, lead_id)
  // What a catch-up had to read as a whole, the next tick catches up with: a source that always leads there is not read for ever.
  if (syncs.some(({ trigger }) => trigger !== 'pass')) await requestCatchUp(tx, key, reports)
  for (const sync of syncs) {
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

function outcomeOf(sync: SyncRow, asked: SyncResourceRow[], failure?: Failure): Outcome {
  if (sync.cancel_requested_at) return { status: 'cancelled' }
  if (failure) return { status: 'failed', failure }
  const failed = asked.find((report) => report.status === 'failed')
  const succeeded = asked.filter((report) => report.status === 'succeeded').length
  const suspected = asked.filter((report) => report.sweep === 'suspected')
  if (succeeded === asked.length && suspected.length > 0) return { status: 'partial', failure: undecided(suspected) }
  if (succeeded === asked.length) return { status: 'succeeded' }
  const reason = failed && { code: failed.error_code ?? 'failed', message: failed.error_message ?? 'a resource failed' }
  if (succeeded > 0) return { status: 'partial', failure: reason }
  return failed ? { status: 'failed', failure: reason } : { status: 'cancelled' }
}

const undecided = (suspected: SyncResourceRow[]): Failure => ({
  code: 'sweep_suspected',
  message: `${suspected.map(({ resource, suspected: rows }) => `${rows} rows of ${resource}`).join(', ')} are missing at the source, too many to be believed, and are kept; confirm or refuse that with POST /v1/syncs/:sync_id/sweeps/:resource`,
})

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
      // A full pass of an earlier run may still be at work.
      sync_status: sql`case when ${otherRuns(sync)} then 'syncing' else ${SYNC_STATUS[status]} end`,
      error_message: errorOf(failure).error_message,
      updated_at: sql`now()`,
      ...(status === 'succeeded' && { last_sync_at: sql`now()` }),
    })
    .where(and(eq(connections.org_id, sync.org_id), eq(connections.id, sync.connection_id)))
}

const otherRuns = (sync: SyncRow) => sql`exists (
  select from ${syncs} where ${syncs.org_id} = ${sync.org_id} and ${syncs.connection_id} = ${sync.connection_id}
    and ${syncs.status} = 'running' and ${syncs.id} <> ${sync.id} and coalesce(${syncs.served_by}, ${syncs.id}) <> ${sync.served_by ?? sync.id})`

/** The words may be the source's, which may hold anything. */
export const errorOf = (failure: Failure | undefined) => ({
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
