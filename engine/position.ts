import type { Instant } from '@tributary/sdk'
import type { Scan } from '@tributary/sdk/manifest'
import type { Dirty } from './apply.ts'
import type { Range } from './ranges.ts'

/** Where reading stands: what remains to be read. It is the cursor of its lane, and commits with the rows that it covers. */
export type Position = {
  /** When this was begun, in ms of the source's clock, as the version of its first read. */
  started_ms: number
  /** None: it is read to its end; what is dirty remains. */
  ranges: Range[]
  /** Upper bound of the window, where it goes by time. */
  to?: Instant
  /** Of what is read incrementally: all that changed before is known; by `field`, and this window by `sync_id`. */
  since?: Instant
  /** Of the feed: from when on no event was missed. */
  unbroken_from?: Instant
  field?: string
  sync_id?: string
  revision?: string
  /** Not everything was asked for. */
  limited?: boolean
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
export function startPosition(scan: Scan, { now, started_ms }: Start, syncFrom: Instant | null): Position {
  if (scan.by === 'pages') return { started_ms, ranges: [{}], dirty: [] }
  const to = upperBound(now)
  if (!syncFrom) return { started_ms, ranges: [{ to }], to, dirty: [] }
  return { started_ms, ranges: [{ from: syncFrom, to }], to, limited: true, dirty: [] }
}

/** The window from what is known to now. What the source may have written late is read again. */
export function startWindow(scan: Scan, { now, started_ms }: Start, held: Position, sync_id: string): Position {
  const to = upperBound(now)
  const from = toInstant(Date.parse(held.since!) - lookBackMs(scan))
  return { ...held, started_ms, sync_id, ranges: [{ from, to }], to }
}

/** What an incremental read goes on from after a full pass, or anything else, that saw all that was there at `startedMs`. */
export const sinceStart = (scan: Scan, startedMs: number): Position => ({
  started_ms: startedMs,
  ranges: [],
  since: toInstant(startedMs - holdBackMs(scan)),
  ...(scan.by === 'time' && { field: scan.field }),
  dirty: [],
})

/** Where the feed begins: some minutes before now, so that no pass that begins from now on can be ahead of it. */
export function startFeed(scan: Scan, now: number): Position {
  const position = sinceStart(scan, now - FEED_MARGIN_MS)
  return { ...position, unbroken_from: position.since! }
}

export const isDone = (position: Position): boolean => position.ranges.length === 0

/** What is known once a window has been read: never more than up to the hold-back before it was begun, never less than before. */
export function settle(scan: Scan, position: Position): Position {
  if (position.since === undefined || !isDone(position)) return position
  const known = Math.min(Date.parse(position.to!), position.started_ms - holdBackMs(scan))
  return { ...position, since: toInstant(Math.max(known, Date.parse(position.since))) }
}

/** Whether the source may have forgotten what came after `since`. */
export const isExpired = (scan: Scan, since: Instant, now: number): boolean =>
  scan.by === 'time' &&
  scan.retentionSeconds !== undefined &&
  now - Date.parse(since) > scan.retentionSeconds * SECOND * RETENTION_SHARE

const holdBackMs = (scan: Scan) => (scan.by === 'time' ? (scan.holdBackSeconds ?? 0) * SECOND : 0)
const lookBackMs = (scan: Scan) => (scan.by === 'time' ? (scan.lookBackSeconds ?? 0) * SECOND : 0)
const toInstant = (ms: number): Instant => new Date(ms).toISOString()
const upperBound = (now: number) => toInstant(Math.ceil((now + CLOCK_DOUBT_MS) / SECOND) * SECOND)
