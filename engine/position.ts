import type { Instant, Json, Page, Resource } from '@tributary/sdk'
import type { Dirty } from './apply.ts'

/** Where a pass stands: what remains to be read. It is the cursor of its lane, and commits with the rows that it covers. */
export type Position = {
  /** When the pass began, in ms of the source's clock, as the version of its first read. */
  started_ms: number
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

const SECOND = 1000
const CLOCK_DOUBT_MS = 2000

/**
 * A full pass sees what was there when it began: a fixed upper bound, so that rows which come meanwhile cannot push others on.
 * It lies a little later than `now`, since our idea of the source's clock may be a second or two behind.
 */
export function startPosition(
  resource: Resource,
  startedMs: number,
  options: { now: number; syncFrom: Instant | null },
): Position {
  const position: Position = { started_ms: startedMs, done: false, dirty: [] }
  if (resource.full.by === 'pages') return position
  const to = new Date(Math.ceil((options.now + CLOCK_DOUBT_MS) / SECOND) * SECOND).toISOString()
  return { ...position, window: options.syncFrom ? { from: options.syncFrom, to } : { to } }
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

/**
 * Where to go on when the source does not know `after` any more (its object was deleted): newest first, from what was
 * reached, the boundary's own second read again whole. undefined: the list cannot be cut, so the pass starts again.
 */
export function cut(resource: Resource, position: Position): Position | undefined {
  if (resource.full.by !== 'time' || resource.full.split !== 'desc' || !position.reached || !position.window)
    return undefined
  const to = new Date(Math.floor(Date.parse(position.reached) / SECOND) * SECOND + SECOND).toISOString()
  const { after: _, ...rest } = position
  return { ...rest, window: { ...position.window, to } }
}
