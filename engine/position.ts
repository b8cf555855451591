import type { Instant, Json, Page } from '@tributary/sdk'
import type { Scan } from '@tributary/sdk/manifest'
import type { Dirty } from './apply.ts'

/** Where reading stands: what remains to be read. It is the cursor of its lane, and commits with the rows that it covers. */
export type Position = {
  /** When this window was begun, in ms of the source's clock, as the version of its first read. */
  started_ms: number
  /** Of what is read incrementally: all that changed before is known; by `field`, and this window by `sync_id`. */
  since?: Instant
  /** Of the feed: from when on no event was missed. */
  unbroken_from?: Instant
  field?: string
  sync_id?: string
  window?: { from?: Instant; to: Instant }
  after?: Json
  /** The scan's field of the last row, from where the rest can be asked for again. */
  reached?: Instant
  revision?: string
  /** Read to its end; what is dirty remains. */
  done: boolean
  /** Objects that tied and are to be read again. */
  dirty: Dirty[]
}
/** When a read begins: by the source's clock, and as a version. */
export type Start = { now: number; started_ms: number }

const SECOND = 1000
const CLOCK_DOUBT_MS = 2000
/** How often everything is read again where changes are known otherwise: a missed one must not stay missed. */
export const RECONCILE_MS = 7 * 24 * 60 * 60 * SECOND
/** More than two clocks differ, and than a run takes from being planned to its first read. */
const FEED_MARGIN_MS = 5 * 60 * SECOND
/** Of a source's retention: the rest is what a stop of some days may use up. */
const RETENTION_SHARE = 25 / 30

/**
 * A full pass sees what was there when it began: a fixed upper bound, so that rows which come meanwhile cannot push others on.
 * It lies a little later than `now`, since our idea of the source's clock may be a second or two behind.
 */
export function startPosition(scan: Scan, start: Start, syncFrom: Instant | null): Position {
  const position: Position = { started_ms: start.started_ms, done: false, dirty: [] }
  if (scan.by === 'pages') return position
  const to = upperBound(start.now)
  return { ...position, window: syncFrom ? { from: syncFrom, to } : { to } }
}

/** The window from what is known to now. What the source may show late, and may have written late, is read again. */
export function startWindow(scan: Scan, start: Start, held: Position, sync_id: string): Position {
  const { since, unbroken_from, field, dirty } = held
  const window = since && { from: toInstant(Date.parse(since) - overlapMs(scan)), to: upperBound(start.now) }
  const kept = { ...(since && { since }), ...(unbroken_from && { unbroken_from }), ...(field && { field }) }
  return { started_ms: start.started_ms, sync_id, ...kept, ...(window && { window }), done: false, dirty }
}

/** What an incremental read goes on from after a full pass, or anything else, that saw all that was there at `startedMs`. */
export const sinceStart = (scan: Scan, startedMs: number): Position => ({
  started_ms: startedMs,
  since: toInstant(startedMs - holdBackMs(scan)),
  ...(scan.by === 'time' && { field: scan.field }),
  done: true,
  dirty: [],
})

/** Where the feed begins: some minutes before now, so that no pass that begins from now on can be ahead of it. */
export function startFeed(scan: Scan, now: number): Position {
  const position = sinceStart(scan, now - FEED_MARGIN_MS)
  return { ...position, unbroken_from: position.since! }
}

/** The position behind a page. */
export function advance(position: Position, page: Page<unknown>): Position {
  const { after: _, ...rest } = position
  return {
    ...rest,
    ...(page.next !== undefined && page.more && { after: page.next }),
    ...(page.reached && { reached: page.reached }),
    ...(page.revision && { revision: page.revision }),
    done: !page.more,
  }
}

/** What is known once a window has been read: never more than up to the hold-back before it was begun, never less than before. */
export function settle(scan: Scan, position: Position): Position {
  if (position.since === undefined || !position.done) return position
  const { window: _window, reached: _reached, after: _after, ...rest } = position
  const known = Math.min(Date.parse(position.window!.to), position.started_ms - holdBackMs(scan))
  return { ...rest, since: toInstant(Math.max(known, Date.parse(position.since))) }
}

/**
 * Where to go on when the source does not know `after` any more (its object was deleted): from what was reached, the boundary's
 * own second read again whole. undefined: the list cannot be cut, so the pass starts again.
 */
export function cut(scan: Scan, position: Position): Position | undefined {
  if (scan.by !== 'time' || !scan.split || !position.reached || !position.window) return undefined
  const second = Math.floor(Date.parse(position.reached) / SECOND) * SECOND
  const { after: _, ...rest } = position
  const bound = scan.split === 'desc' ? { to: toInstant(second + SECOND) } : { from: toInstant(second) }
  return { ...rest, window: { ...position.window, ...bound } }
}

/** Whether the source may have forgotten what came after `since`. */
export const isExpired = (scan: Scan, since: Instant, now: number): boolean =>
  scan.by === 'time' &&
  scan.retentionSeconds !== undefined &&
  now - Date.parse(since) > scan.retentionSeconds * SECOND * RETENTION_SHARE

const holdBackMs = (scan: Scan) => (scan.by === 'time' ? (scan.holdBackSeconds ?? 0) * SECOND : 0)
const overlapMs = (scan: Scan) => (scan.by === 'time' ? (scan.lookBackSeconds ?? 0) * SECOND : 0)
const toInstant = (ms: number): Instant => new Date(ms).toISOString()
const upperBound = (now: number) => toInstant(Math.ceil((now + CLOCK_DOUBT_MS) / SECOND) * SECOND)
