import type { Instant } from '@tributary/sdk'
import type { Scan } from '@tributary/sdk/manifest'
import { isPast, pagesLeft, split, type Range, type Shown } from './ranges.ts'
import type { ReadPage } from './read-page.ts'

/** A stretch of a list that is read by one request at a time, and that gives its far end away when somebody else has nothing to do. */
export type Strand = {
  from: Instant | undefined
  /** Where the next request begins. undefined: it is read to its end. */
  ahead: Range | undefined
  /** The same behind what was handed over: what a cursor holds. */
  behind: Range | undefined
  /** Every mark so far, by which a list that leads back is noticed. */
  visited: Set<string>
  isBusy: boolean
  /** At first, what the one that it was cut from had shown. */
  shown: Shown | undefined
  goOn(page: ReadPage): void
}

export function createStrand(scan: Scan, range: Range, shown?: Shown): Strand {
  let top: Instant | undefined
  let pages = 0
  const strand: Strand = {
    ...{ from: range.from, ahead: range, behind: range, visited: new Set<string>(), isBusy: false, shown },
    goOn(page) {
      // Cut while this page was on its way, it may be past its new end.
      if (isPast(scan, toRange(strand, page))) page.rest = undefined
      strand.ahead = page.rest
      if (page.reached && top) strand.shown = show(top, page.reached, ++pages, shown)
      top ??= page.reached
    },
  }
  return strand
}

const show = (top: Instant, reached: Instant, pages: number, before: Shown | undefined): Shown => ({
  spanMs: Math.max(1, (Date.parse(top) - Date.parse(reached)) / pages),
  pages: pages + 1 + (before?.pages ?? 0),
})

export const isFree = ({ ahead, isBusy }: Strand): boolean => ahead !== undefined && !isBusy

/** It may have been cut since the place was noted. */
export const toRange = ({ from }: Strand, place: Range): Range => {
  const { from: _, ...rest } = place
  return from === undefined ? rest : { ...rest, from }
}

/** Cuts the longest strand, and gives its far end; undefined where none is worth it. */
export function branch(scan: Scan, strands: Strand[]): Strand | undefined {
  let longest: { strand: Strand; range: Range; shown: Shown } | undefined
  for (const strand of strands) {
    const { ahead, shown } = strand
    if (!ahead || !shown) continue
    const range = toRange(strand, ahead)
    if (!longest || pagesLeft(range, shown) > pagesLeft(longest.range, longest.shown))
      longest = { strand, range, shown }
  }
  const parts = longest && split(scan, longest.range, longest.shown)
  return parts && cutOff(scan, strands, longest!, parts)
}

function cutOff(
  scan: Scan,
  strands: Strand[],
  { strand, range, shown }: { strand: Strand; range: Range; shown: Shown },
  [near, far]: [Range, Range],
): Strand {
  strand.from = near.from
  const cut = createStrand(scan, far, { ...shown, pages: shown.pages + pagesLeft(range, shown) / 2 })
  strands.push(cut)
  return cut
}
