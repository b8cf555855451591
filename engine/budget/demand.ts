import type { Pace } from './pace.ts'

/** What all processes together hold ahead: for so long a newcomer, or the news of a pause, may have to wait. */
const AHEAD_MS = 500

/** How fast this process uses the slots of one limit, and so how many it leases at once. */
export type Demand = {
  /** Slots to lease now, where so many more wait than there are slots. */
  next(at: number, missing: number): number
  /** The slice that was leased now begins at `from`. */
  noteLease(at: number, from: number): void
  noteUsed(): void
}

/**
 * Slots for those who wait, or for those who will have come before a slot is too late: with a request every `intervalMs` each slot
 * is used that much later than the one before. At most twice as many as were used of late, so one slot becomes many only while
 * they are used; and at most half of the room that is left ahead, so processes that all want much come to have equal shares.
 */
export function createDemand({ spacingMs, lateMs, savedMs }: Pace): Demand {
  let used = 0
  let since = 0
  let aheadMs = 0
  return {
    next(at, missing) {
      const intervalMs = (at - since) / used
      const inTime = intervalMs > spacingMs ? 1 + Math.floor((lateMs - savedMs) / (intervalMs - spacingMs)) : Infinity
      const expected = Math.min(inTime, used * 2)
      const room = Math.floor((AHEAD_MS - aheadMs) / 2 / spacingMs)
      used = 0
      since = at
      return Math.max(1, Math.min(room, Math.max(missing, expected)))
    },
    noteLease: (at, from) => void (aheadMs = from - at),
    noteUsed: () => void used++,
  }
}
