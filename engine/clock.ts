const RESOLUTION_MS = 1000
/** `Date` has whole seconds, so a smaller difference than this says nothing. */
const NOISE_MS = 2000

/** What time it is at a source. */
export type SourceClock = { learn(dateHeader: string | null, sentAt: number, receivedAt: number): void; now(): number }

/** Learns the source's offset from its `Date` headers. Without any (a file) it is our own clock. */
export function createSourceClock(local: () => number = Date.now): SourceClock {
  let offset = 0
  return {
    learn(dateHeader, sentAt, receivedAt) {
      const difference = Date.parse(dateHeader ?? '') + RESOLUTION_MS / 2 - (sentAt + receivedAt) / 2
      if (!Number.isNaN(difference)) offset = Math.abs(difference) < NOISE_MS ? 0 : difference
    },
    now: () => local() + offset,
  }
}

/**
 * The version of what a request that is sent now will read: floored to the resolution of the source's times, less one,
 * for our idea of its clock may be a second off. Too early is a re-read; too late would hide a change for ever.
 */
export const readVersion = (clock: SourceClock): number =>
  Math.floor(clock.now() / RESOLUTION_MS) * RESOLUTION_MS - RESOLUTION_MS
