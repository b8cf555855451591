/** Reads the account's list of events, stores each once, and applies them. */
import { ConnectorError, isConnectorError, type Page, type SourceEvent } from '@tributary/sdk'
import type { Scan } from '@tributary/sdk/manifest'
import { v5 as uuidv5 } from 'uuid'
import { findCursor, saveCursor } from '../db/cursors.ts'
import { holdFence } from '../db/epochs.ts'
import { insertEvents, type EventWrite } from '../db/events.ts'
import type { Pass } from '../db/passes.ts'
import { addToReport } from '../db/sync-reports.ts'
import { asWorker, inOrg } from '../db/tenancy.ts'
import { readVersion } from './clock.ts'
import type { EngineDeps } from './deps.ts'
import { drain } from './drain.ts'
import { isStorableId } from './news.ts'
import { openConnection, type OpenConnection } from './open.ts'
import { isDone, settle, startWindow, type Position } from './position.ts'
import type { Pull, PullOutcome } from './pull.ts'
import { behind, recut, type Range } from './ranges.ts'
import { withRetries } from './retry.ts'
import { checkAccount, takeUsage, type Metered } from './source.ts'

const PAGE_SIZE = 100

type Feed = OpenConnection & Metered & { pass: Pass; scan: Scan; signal: AbortSignal; visited: Set<string> }

export async function readFeed(deps: EngineDeps, pull: Pull): Promise<PullOutcome> {
  const feed = await openFeed(deps, pull)
  try {
    const position = await readOn(deps, feed, pull)
    if (!isDone(position)) return { state: 'more' }
    await drain(deps, feed, { fence: pull.pass.fence.connection, sync_id: pull.pass.sync_id, onBatch: pull.onBatch })
    return endOf(feed, position)
  } finally {
    await feed.adapter.close?.()
  }
}

async function openFeed(deps: EngineDeps, { pass, signal }: Pull): Promise<Feed> {
  const opened = await openConnection(deps, asWorker(pass.org_id), pass.connection_id, {
    signal,
    priority: 'incremental',
  })
  const { type, feed: scan } = opened.entry.manifest
  if (!scan) throw new ConnectorError('unsupported', `${type}: it has no list of events`)
  return { ...opened, pass, scan, signal, visited: new Set(), reported: { requests: 0, errors: 0, throttled_ms: 0 } }
}

async function readOn(deps: EngineDeps, feed: Feed, { deadline, onBatch }: Pull): Promise<Position> {
  let position = await currentPosition(deps, feed)
  while (!isDone(position) && Date.now() < deadline) {
    const page = await requestPage(feed, position.ranges[0]!)
    position = page === 'cut' ? cutOrRestart(feed, position) : await commit(deps, feed, position, page)
    onBatch()
  }
  return position
}

async function currentPosition(deps: EngineDeps, feed: Feed): Promise<Position> {
  const { pass, scan, clock } = feed
  const cursor = await inOrg(deps.db, asWorker(pass.org_id), (tx) => findCursor(tx, pass, 'feed'))
  const held = cursor!.position as Position
  if (!isDone(held) || held.sync_id === pass.sync_id) return held
  await checkAccount(feed)
  return startWindow(scan, { now: clock.now(), started_ms: readVersion(clock) }, held, pass.sync_id)
}

async function requestPage(feed: Feed, { from, to, after }: Range): Promise<Page<SourceEvent> | 'cut'> {
  const window = { ...(from !== undefined && { from }), to: to! }
  const request = { limit: PAGE_SIZE, window, ...(after !== undefined && { after }) }
  try {
    return await withRetries(() => feed.adapter.feed!(request), feed)
  } catch (error) {
    if (isConnectorError(error) && error.code === 'cursor_expired') return 'cut'
    throw error
  }
}

/** Where the rest cannot be asked for by its time, all of the window is read again: what is known of it changes nothing. */
function cutOrRestart({ scan }: Feed, position: Position): Position {
  const [{ after: _after, reached: _reached, ...whole }] = position.ranges as [Range]
  return { ...position, ranges: [recut(scan, position.ranges[0]!) ?? whole] }
}

/** What a page told commits with the cursor behind it. */
async function commit(deps: EngineDeps, feed: Feed, before: Position, page: Page<SourceEvent>): Promise<Position> {
  const { pass, entry } = feed
  const [range] = before.ranges as [Range]
  refuseLoop(feed, page)
  const rest = behind(feed.scan, range, page)
  const position = settle(feed.scan, { ...before, ranges: rest ? [rest] : [] })
  await inOrg(deps.db, asWorker(pass.org_id), async (tx) => {
    await holdFence(tx, pass, pass.fence)
    const known = page.items.filter((event) => isStorableId(event.id))
    const key = { org_id: pass.org_id, connection_id: pass.connection_id, source_system: entry.manifest.type }
    const created = await insertEvents(
      tx,
      key,
      known.map((event) => toEvent(feed, event)),
    )
    await saveCursor(tx, pass, { lane: 'feed', epoch: pass.fence.resource, position })
    const counts = { ...NOTHING, created, unchanged: known.length - created, skipped: page.items.length - known.length }
    await addToReport(tx, pass, pass.sync_id, { ...counts, ...takeUsage(feed), pages: 1, fetched: page.items.length })
  })
  return position
}

const NOTHING = { created: 0, updated: 0, unchanged: 0, stale: 0, archived: 0, deleted: 0, quarantined: 0 }

function refuseLoop({ entry, visited }: Feed, page: Page<SourceEvent>): void {
  const mark = JSON.stringify(page.next)
  if (page.more && (page.next === undefined || visited.has(mark)))
    throw new ConnectorError(
      'invalid_request',
      `${entry.manifest.type}: the list of events leads back to a page that was read already`,
    )
  visited.add(mark)
}

/** An event about what is not read here is stored, and does nothing. */
function toEvent({ pass, entry }: Feed, { id, type, at, raw, change }: SourceEvent): EventWrite {
  const isKnown = entry.manifest.resources.some(({ name }) => name === change?.resource)
  return {
    unified_id: uuidv5(id, pass.connection_id),
    source_id: id,
    event_type: type,
    payload: raw,
    object: change && isKnown && isStorableId(change.id) ? { resource: change.resource, id: change.id } : null,
    occurred_at: at,
  }
}

/** Read to its end, but for a window of an earlier run: what came since then is the next chunk's. */
function endOf({ pass, clock }: Feed, { sync_id, started_ms, since }: Position): PullOutcome {
  if (sync_id !== pass.sync_id) return { state: 'more' }
  return {
    state: 'done',
    started_ms,
    revision: null,
    lag_ms: Math.max(0, Math.round(clock.now() - Date.parse(since!))),
  }
}
