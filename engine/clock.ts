const RESOLUTION_MS = 1000

/** What time it is at a source. */
export type SourceClock = { learn(dateHeader: string | null, receivedAt: number): void; now(): number }

/**
 * Learns the source's offset from its `Date` headers. Without any (a file) it is our own clock. A header has whole seconds, and
 * was on its way: it says by how much the source's clock is ahead *at least*. Of the second above the greatest that was told,
 * what is nearest to our own clock is taken: never more than a second ahead of the truth, never going back, and 0 for
 * two clocks that agree.
 */
export function createSourceClock(local: () => number = Date.now): SourceClock {
  let least: number | undefined
  return {
    learn(dateHeader, receivedAt) {
      const ahead = Date.parse(dateHeader ?? '') - receivedAt
      if (!Number.isNaN(ahead)) least = Math.max(least ?? ahead, ahead)
    },
    now: () => local() + (least === undefined ? 0 : Math.min(Math.max(0, least), least + RESOLUTION_MS)),
  }
}

/**
 * The version of what a request that is sent now will read: floored to the resolution of the source's times, less one,
 * for our idea of its clock may be a second ahead. Too early is a re-read; too late would hide a change for ever.
 */
export const readVersion = (clock: SourceClock): number =>
  Math.floor(clock.now() / RESOLUTION_MS) * RESOLUTION_MS - RESOLUTION_MS
