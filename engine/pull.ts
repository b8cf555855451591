/** Reads one resource of one connection, page by page, and applies what it reads. */
import { holdFence } from '../db/epochs.ts'
import { FULL_LANE, type Pass } from '../db/passes.ts'
import { findCursor } from '../db/cursors.ts'
import { countLive, restartPass } from '../db/resource-states.ts'
import { noteWait } from '../db/sync-reports.ts'
import { asWorker, inOrg, type Tx } from '../db/tenancy.ts'
import { apply, type Batch, type Dirty } from './apply.ts'
import { readVersion } from './clock.ts'
import type { EngineDeps } from './deps.ts'
import { startPosition, type Position } from './position.ts'
import { readBatch, RestartPass, type ReadBatch } from './read-batch.ts'
import { LongWait } from './retry.ts'
import { settleTies } from './settle-ties.ts'
import { checkAccount, openSource, takeUsage, type Source } from './source.ts'

export type PullOutcome =
  | { state: 'more' }
  | { state: 'waiting'; until: string; reason: string }
  | { state: 'done'; started_ms: number; revision: string | null }
export type Pull = { pass: Pass; deadline: number; signal: AbortSignal; onBatch(): void }

/**
 * Goes on with a pass from its cursor until the deadline, the end, or a wait of more than seconds. The next pages are read
 * while these are written. Throws ConnectorError where the source refuses, FencedError where the run was stopped.
 */
export async function pullChunk(deps: EngineDeps, pull: Pull): Promise<PullOutcome> {
  const source = await openSource(deps, pull.pass, pull.signal)
  try {
    return await readOn(deps, pull, source)
  } catch (error) {
    if (error instanceof LongWait) return await waitFor(deps, pull.pass, error)
    if (error instanceof RestartPass) return await restart(deps, pull.pass)
    throw error
  } finally {
    await source.adapter.close?.()
  }
}

async function readOn(deps: EngineDeps, pull: Pull, source: Source): Promise<PullOutcome> {
  let position = await currentPosition(deps, pull.pass, source)
  let reading = startReading(source, position)
  while (!position.done) {
    const batch = await reading
    const more = !batch.position.done && !batch.wait && Date.now() < pull.deadline
    // Read ahead only when it is wanted: what was read and not committed is read again.
    if (more) reading = startReading(source, batch.position)
    position = await commit(deps, pull.pass, source, { ...batch, ties: position.dirty })
    pull.onBatch()
    if (batch.wait) throw batch.wait
    if (!more && !position.done) return { state: 'more' }
  }
  await settleTies(deps, source, position.dirty, (tx, items) => apply(tx, { ...baseOf(pull.pass, source), items }))
  return { state: 'done', started_ms: position.started_ms, revision: position.revision ?? null }
}

async function currentPosition(deps: EngineDeps, pass: Pass, source: Source): Promise<Position> {
  const cursor = await inOrg(deps.db, asWorker(pass.org_id), (tx) => findCursor(tx, pass, FULL_LANE))
  if (cursor?.epoch === pass.fence.resource) return cursor.position as Position
  await checkAccount(source)
  const { clock, connection } = source
  return startPosition(source.resource, readVersion(clock), { now: clock.now(), syncFrom: connection.sync_from })
}

/** A failure of it is met when it is awaited; until then nobody handles it. */
function startReading(source: Source, position: Position): Promise<ReadBatch> {
  const reading = readBatch(source, position)
  reading.catch(() => {})
  return reading
}

/** Writes a batch and its cursor in one transaction; gives the position behind it. */
async function commit(
  deps: EngineDeps,
  pass: Pass,
  source: Source,
  batch: ReadBatch & { ties: Dirty[] },
): Promise<Position> {
  let position = batch.position
  await inOrg(deps.db, asWorker(pass.org_id), async (tx) => {
    const reading = { ...(await readingOf(tx, pass, source, batch)), ...takeUsage(source) }
    return apply(tx, {
      ...baseOf(pass, source),
      items: batch.items,
      seen: { generation: pass.generation, sent_at: batch.sent_at },
      cursor: (dirty) => {
        position = { ...position, dirty: source.adapter.get ? [...batch.ties, ...dirty] : [] }
        return { lane: FULL_LANE, epoch: pass.fence.resource, position }
      },
      report: { sync_id: pass.sync_id, reading },
    })
  })
  return position
}

/** The same content as last time is not read, and every object of it is unchanged. */
async function readingOf(tx: Tx, pass: Pass, source: Source, batch: ReadBatch) {
  const { pages, skipped, total } = batch
  const reading = { pages, skipped, fetched: batch.items.length, ...(total !== undefined && { total }) }
  const isSame = batch.items.length === 0 && source.revision !== null && batch.position.revision === source.revision
  return isSame ? { ...reading, unchanged: await countLive(tx, pass) } : reading
}

const baseOf = (pass: Pass, source: Source): Omit<Batch, 'items'> => ({
  key: { org_id: pass.org_id, connection_id: pass.connection_id },
  entry: source.entry,
  account: source.account,
  resource: source.resource,
  fence: pass.fence,
})

async function waitFor(deps: EngineDeps, pass: Pass, wait: LongWait): Promise<PullOutcome> {
  const until = wait.until.toISOString()
  await inOrg(deps.db, asWorker(pass.org_id), (tx) => noteWait(tx, pass, pass.sync_id, { until, reason: wait.reason }))
  return { state: 'waiting', until, reason: wait.reason }
}

async function restart(deps: EngineDeps, pass: Pass): Promise<PullOutcome> {
  await inOrg(deps.db, asWorker(pass.org_id), async (tx) => {
    await holdFence(tx, pass, pass.fence)
    await restartPass(tx, pass)
  })
  return { state: 'more' }
}
