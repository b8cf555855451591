/** Tells the database's clock in terms of this process's, which is monotonic; both in ms. */
export type SharedClock = {
  /** The database said `shared` at some moment between `asked` and `answered`. */
  learn(asked: number, answered: number, shared: number): void
  toLocal(shared: number): number
}

/**
 * Slots of several processes interleave by the database's clock, so a reply that was long on its way must not move them: the
 * fastest reply so far decides. Where an answer contradicts what was known, one of the clocks has moved, and the newest is right.
 */
export function createSharedClock(): SharedClock {
  let [earliest, latest] = [-Infinity, Infinity]
  return {
    learn(asked, answered, shared) {
      const [low, high] = [asked - shared, answered - shared]
      const moved = low > latest || high < earliest
      ;[earliest, latest] = moved ? [low, high] : [Math.max(earliest, low), Math.min(latest, high)]
    },
    toLocal: (shared) => shared + latest,
  }
}
