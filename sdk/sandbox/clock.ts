/** The clock of a fake provider, which is not ours: it can be ahead, behind, or still. */
export type Clock = {
  /** Milliseconds since 1970. */
  now(): number
  /** Whole seconds since 1970, as many providers stamp. */
  seconds(): number
  advance(ms: number): void
}

/** Goes with the real time unless it is set still `at` an instant (milliseconds); `advance` moves either. */
export function createClock(at?: number): Clock {
  let advanced = 0
  const now = () => (at ?? Date.now()) + advanced
  return { now, seconds: () => Math.floor(now() / 1000), advance: (ms) => void (advanced += ms) }
}
