/** Reads one resource of one connection, page by page, and applies what it reads. */
import { findCursor, saveCursor } from '../db/cursors.ts'
import { holdFence } from '../db/epochs.ts'
import type { Pass } from '../db/passes.ts'
import { countLive, restartPass } from '../db/resource-states.ts'
import { asWorker, inOrg, type Tx } from '../db/tenancy.ts'
import { apply, type Batch, type Dirty } from './apply.ts'
import { readVersion } from './clock.ts'
import type { EngineDeps } from './deps.ts'
import { isDone, settle, startPosition, startWindow, type Position } from './position.ts'
import type { Pull, PullOutcome } from './pull.ts'
import { RestartPass } from './read-page.ts'
import { createReader, type ReadBatch } from './reader.ts'
import { settleTies } from './settle-ties.ts'
import { checkAccount, openSource, takeUsage, type Source } from './source.ts'

/** The next pages are read while these are written. */
export async function readResource(deps: EngineDeps, pull: Pull): Promise<PullOutcome> {
  const source = await openSource(deps, pull.pass, pull.signal)
  try {
    return await readOn(deps, pull, source)
  } catch (error) {
    if (error instanceof RestartPass) return await restart(deps, pull.pass)
    throw error
  } finally {
    await source.adapter.close?.()
  }
}

async function readOn(deps: EngineDeps, pull: Pull, source: Source): Promise<PullOutcome> {
  const position = await readToDeadline(deps, pull, source, await currentPosition(deps, pull.pass, source))
  if (!isDone(position)) return { state: 'more' }
  await settleTies(deps, source, position.dirty, (tx, items) => apply(tx, { ...baseOf(pull.pass, source), items }))
  if (position.dirty.length > 0) await forgetTies(deps, pull.pass, position)
  return endOf(pull.pass, source, position)
}

async function readToDeadline(deps: EngineDeps, pull: Pull, source: Source, from: Position): Promise<Position> {
  const reader = createReader(source, from)
  let position = from
  try {
    for (let batch = await reader.next(); batch; batch = await reader.next()) {
      position = await commit(deps, pull.pass, source, { ...batch, ties: position.dirty })
      pull.onBatch()
      if (Date.now() >= pull.deadline) reader.finish()
    }
    return position
  } finally {
    await reader.stop()
  }
}

function forgetTies(deps: EngineDeps, pass: Pass, position: Position): Promise<void> {
  return inOrg(deps.db, asWorker(pass.org_id), async (tx) => {
    await holdFence(tx, pass, pass.fence)
    await saveCursor(tx, pass, { lane: pass.scan, epoch: pass.fence.resource, position: { ...position, dirty: [] } })
  })
}

/** A window that another run has left unread is read to its end first; what came since then is the next chunk's. */
function endOf(pass: Pass, source: Source, position: Position): PullOutcome {
  if (position.sync_id !== undefined && position.sync_id !== pass.sync_id) return { state: 'more' }
  const { started_ms, since, revision = null } = position
  const known = since ? Date.parse(since) : started_ms
  const lag_ms = Math.max(0, Math.round(source.clock.now() - known))
  return {
    state: 'done',
    started_ms,
    revision,
    lag_ms,
    same: isSame(source, revision),
    limited: position.limited ?? false,
  }
}

const isSame = (source: Source, revision: string | null | undefined) =>
  source.revision !== null && revision === source.revision

async function currentPosition(deps: EngineDeps, pass: Pass, source: Source): Promise<Position> {
  const cursor = await inOrg(deps.db, asWorker(pass.org_id), (tx) => findCursor(tx, pass, pass.scan))
  const held = cursor?.position as Position | undefined
  if (held && isOurs(pass, held, cursor!.epoch)) return held
  await checkAccount(source)
  const { clock, connection, scan } = source
  const start = { now: clock.now(), started_ms: readVersion(clock) }
  return held && pass.scan === 'incremental'
    ? startWindow(scan, start, held, pass.sync_id)
    : startPosition(scan, start, connection.sync_from)
}

/** What is to be read on: that of this pass, or a window that an earlier one has not read to its end. */
const isOurs = (pass: Pass, held: Position, epoch: number): boolean =>
  pass.scan === 'incremental' ? !isDone(held) || held.sync_id === pass.sync_id : epoch === pass.fence.resource

/** Writes a batch and its cursor in one transaction; gives the position behind it. */
async function commit(
  deps: EngineDeps,
  pass: Pass,
  source: Source,
  batch: ReadBatch & { ties: Dirty[] },
): Promise<Position> {
  let position = settle(source.scan, batch.position)
  await inOrg(deps.db, asWorker(pass.org_id), async (tx) => {
    const reading = { ...(await readingOf(tx, pass, source, batch)), ...takeUsage(source) }
    return apply(tx, {
      ...baseOf(pass, source),
      items: batch.items,
      seen: { generation: pass.generation, sent_at: batch.sent_at },
      cursor: (dirty) => {
        position = { ...position, dirty: source.adapter.get ? [...batch.ties, ...dirty] : [] }
        return { lane: pass.scan, epoch: pass.fence.resource, position }
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
  return batch.items.length === 0 && isSame(source, batch.position.revision)
    ? { ...reading, unchanged: await countLive(tx, pass) }
    : reading
}

const baseOf = (pass: Pass, source: Source): Omit<Batch, 'items'> => ({
  key: { org_id: pass.org_id, connection_id: pass.connection_id },
  entry: source.entry,
  account: source.account,
  resource: source.resource,
  fence: pass.fence,
})

async function restart(deps: EngineDeps, pass: Pass): Promise<PullOutcome> {
  await inOrg(deps.db, asWorker(pass.org_id), async (tx) => {
    await holdFence(tx, pass, pass.fence)
    await restartPass(tx, pass)
  })
  return { state: 'more' }
}
