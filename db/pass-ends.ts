/** How passes end, and with the last one their run. */
import { and, eq, ne, or, sql } from 'drizzle-orm'
import { dropCursor } from './cursors.ts'
import { lockConnection } from './connection-lock.ts'
import type { ResourceKey } from './entities.ts'
import { dropUnseenQuarantine } from './quarantine.ts'
import { FEED, isLong, type Pass, type PassKey } from './passes.ts'
import { resourceStates, syncResources } from './schema/index.ts'
import { dropSeenPagesBefore } from './seen-pages.ts'
import { endRunIfDone, errorOf, type Failure } from './sync-ends.ts'
import type { Tx } from './tenancy.ts'

export type PassEnd =
  ({ status: 'succeeded' } & PassResult) | { status: 'failed'; failure: Failure } | { status: 'cancelled' }
export type PassResult = {
  /** ms of the source's clock. */
  started_ms: number
  revision: string | null
  /** The content was that of the last complete pass, and was not read again. */
  same?: boolean
  /** Not everything was asked for (`sync_from`), so it says nothing of the rest. */
  limited?: boolean
  /** How far behind the source the resource is now. */
  lag_ms?: number
}
/** What a complete pass says of the rows that it has not seen; absent where it cannot say anything. */
export type Sweep = { state: 'done' } | { state: 'suspected'; count: number }
type Ending = Pick<Pass, keyof PassKey | 'scan'>

/**
 * Ends one pass, and with the last one the run. A pass that was taken over, or has ended, is left as it is.
 * `queued`: more was asked for meanwhile, so the connection must be woken.
 */
export async function endPass(tx: Tx, pass: Ending, end: PassEnd, sweep?: Sweep): Promise<{ queued: boolean }> {
  await lockConnection(tx, pass)
  const ended = await endResource(tx, pass, end, sweep)
  if (ended && end.status === 'succeeded' && pass.scan === 'full') await completeGeneration(tx, pass, end, sweep)
  if (ended && isLong(pass.scan) && sweep?.state !== 'suspected') await dropCursor(tx, pass, pass.scan)
  return endRunIfDone(tx, pass, pass.sync_id)
}

async function endResource(tx: Tx, pass: Ending, end: PassEnd, sweep?: Sweep): Promise<boolean> {
  const failure = end.status === 'failed' ? end.failure : undefined
  const rows = await tx
    .update(syncResources)
    .set({
      status: end.status,
      ...errorOf(failure),
      ...(sweep && { sweep: sweep.state, suspected: sweep.state === 'suspected' ? sweep.count : 0 }),
      ...(end.status === 'succeeded' && { lag_ms: end.lag_ms ?? null }),
      waiting_for: null,
      wait_until: null,
      finished_at: sql`now()`,
      updated_at: sql`now()`,
    })
    .where(and(ofPass(pass), eq(syncResources.status, 'running')))
    .returning({ resource: syncResources.resource })
  return rows.length > 0
}

/** The row of the pass; of the feed's, the rows of all that it fills as well. */
function ofPass(pass: Ending) {
  const ofSync = and(eq(syncResources.org_id, pass.org_id), eq(syncResources.sync_id, pass.sync_id))
  const { resource, generation, scan } = syncResources
  if (pass.scan === 'feed') return and(ofSync, eq(scan, 'feed'))
  return and(
    ofSync,
    eq(resource, pass.resource),
    eq(generation, pass.generation),
    or(ne(scan, 'feed'), eq(resource, FEED)),
  )
}

/**
 * A pass that has seen all there is sets the floor of every row's version, so the pages before it say nothing more. One whose
 * missing rows are not decided says nothing of them: there the older pages still count.
 */
async function completeGeneration(
  tx: Tx,
  pass: Ending,
  end: PassEnd & { status: 'succeeded' },
  sweep: Sweep | undefined,
): Promise<void> {
  const { org_id, connection_id, resource, generation } = pass
  const isWhole = sweep?.state === 'done'
  await tx
    .update(resourceStates)
    .set({
      complete_generation: generation,
      completed_at: sql`now()`,
      // What is to be decided has to be read again, even where the content is the same; and so has what was reset meanwhile.
      revision: sql`case when revision = '' then '' else ${sweep?.state === 'suspected' ? null : end.revision} end`,
      ...(isWhole && { complete_started_ms: end.started_ms }),
      suspected_generation: sweep?.state === 'suspected' ? generation : null,
    })
    .where(ofState({ org_id, connection_id, resource }))
  if (!isWhole) return
  await dropSeenPagesBefore(tx, { org_id, connection_id, resource }, generation)
  if (!end.same) await dropUnseenQuarantine(tx, pass, { sync_id: pass.sync_id, before: end.started_ms })
}

/** What somebody has decided of a sweep that was stopped. False: it is not open any more, and nothing was done. */
export async function resolveSweep(tx: Tx, key: PassKey, decided: 'confirmed' | 'refused'): Promise<boolean> {
  const { org_id, connection_id, sync_id, resource, generation } = key
  const closed = await tx
    .update(resourceStates)
    .set({ suspected_generation: null })
    .where(and(ofState({ org_id, connection_id, resource }), eq(resourceStates.suspected_generation, generation)))
    .returning({ resource: resourceStates.resource })
  if (closed.length === 0) return false
  const ofReport = and(
    eq(syncResources.org_id, org_id),
    eq(syncResources.sync_id, sync_id),
    eq(syncResources.resource, resource),
  )
  await tx
    .update(syncResources)
    .set({ sweep: decided, updated_at: sql`now()` })
    .where(ofReport)
  await dropCursor(tx, { org_id, connection_id, resource }, 'full')
  return true
}

const ofState = (key: ResourceKey) =>
  and(
    eq(resourceStates.org_id, key.org_id),
    eq(resourceStates.connection_id, key.connection_id),
    eq(resourceStates.resource, key.resource),
  )
