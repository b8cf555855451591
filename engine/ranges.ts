/** What remains of a list, and how it is cut so that several requests can be in flight. Pure. */
import type { Instant, Json, Page } from '@tributary/sdk'
import type { Scan } from '@tributary/sdk/manifest'

/** One stretch of a list that is still to be read: [from, to) of the scan's field where it goes by time, from behind `after`. */
export type Range = {
  from?: Instant
  to?: Instant
  after?: Json
  /** The scan's field of the last row, from where the rest can be asked for again. */
  reached?: Instant
}

const SECOND = 1000
/** A cut costs half a page on average, since the last page of a range is not full: a few percent of what is cut. */
const WORTH_PAGES = 20
/** What remains behind a page; undefined: nothing. */
export function behind(scan: Scan, range: Range, page: Page<unknown>): Range | undefined {
  if (!page.more) return undefined
  const { after: _, ...rest } = range
  const next = { ...rest, after: page.next!, ...(page.reached && { reached: page.reached }) }
  return isPast(scan, next) ? undefined : next
}

/** All that is of the range has been read: what lies beyond is another's. */
export const isPast = (scan: Scan, { from, reached }: Pick<Range, 'from' | 'reached'>): boolean =>
  isNewestFirst(scan) && from !== undefined && reached !== undefined && Date.parse(reached) < Date.parse(from)

/**
 * Where to go on when the source does not know `after` any more (its object was deleted): from what was reached, the boundary's
 * own second read again whole. undefined: the list cannot be cut, so the pass starts again.
 */
export function recut(scan: Scan, range: Range): Range | undefined {
  if (scan.by !== 'time' || !scan.split || !range.reached || !range.to) return undefined
  const second = Math.floor(Date.parse(range.reached) / SECOND) * SECOND
  const { after: _, ...rest } = range
  return { ...rest, ...(scan.split === 'desc' ? { to: toInstant(second + SECOND) } : { from: toInstant(second) }) }
}

/** What the pages of a list have shown so far: how long a stretch one of them covers, and how many there were. */
export type Shown = { spanMs: number; pages: number }

/**
 * How many pages a range has left, by what was shown. Where nobody knows where the list ends, it goes on for twice as long as
 * it has been so far; but for a range that begins below what was shown, only once it has shown that there is anything.
 */
export function pagesLeft({ from, to, reached }: Range, { spanMs, pages }: Shown): number {
  if (from === undefined) return reached === undefined ? 0 : 2 * pages
  return (Date.parse(reached ?? to ?? '') - Date.parse(from)) / spanMs
}

/** The part that is read on, and the part for somebody else; undefined where that is not worth a request. */
export function split(scan: Scan, range: Range, shown: Shown): [Range, Range] | undefined {
  const left = pagesLeft(range, shown)
  if (!isNewestFirst(scan) || left < WORTH_PAGES) return undefined
  const head = Date.parse(range.reached ?? range.to ?? '')
  const tail = head - left * shown.spanMs
  const middle = Math.floor((head + tail) / 2 / SECOND) * SECOND
  if (middle <= tail || middle >= head) return undefined
  const far = { ...(range.from !== undefined && { from: range.from }), to: toInstant(middle) }
  return [{ ...range, from: toInstant(middle) }, far]
}

const isNewestFirst = (scan: Scan) => scan.by === 'time' && scan.split === 'desc'
const toInstant = (ms: number): Instant => new Date(ms).toISOString()
