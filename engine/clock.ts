import { systemTime, type Time } from './time.ts'

const RESOLUTION_MS = 1000

/** What time it is at a source. */
export type SourceClock = {
  /** From an answer that has just come. */
  learn(dateHeader: string | null): void
  now(): number
  /** Waits until it is so late there. */
  until(ms: number, signal: AbortSignal): Promise<void>
}

/**
 * Learns the source's offset from its `Date` headers. Without any (a file) it is our own clock. A header has whole seconds, and
 * was on its way: it says by how much the source's clock is ahead *at least*. Of the second above the greatest that was told,
 * what is nearest to our own clock is taken: never more than a second ahead of the truth, never going back, and 0 for
 * two clocks that agree.
 */
export function createSourceClock(time: Time = systemTime): SourceClock {
  let least: number | undefined
  const now = () => time.now() + (least === undefined ? 0 : Math.min(Math.max(0, least), least + RESOLUTION_MS))
  return {
    learn(dateHeader) {
      const ahead = Date.parse(dateHeader ?? '') - time.now()
      if (!Number.isNaN(ahead)) least = Math.max(least ?? ahead, ahead)
    },
    now,
    async until(ms, signal) {
      const waitMs = ms - now()
      if (waitMs > 0) await time.sleep(waitMs, signal)
    },
  }
}

/**
 * The version of what a request that is sent now will read: floored to the resolution of the source's times, less one,
 * for our idea of its clock may be a second ahead. Too early is a re-read; too late would hide a change for ever.
 */
export const readVersion = (clock: SourceClock): number =>
  Math.floor(clock.now() / RESOLUTION_MS) * RESOLUTION_MS - RESOLUTION_MS
