import { SHORT_WAIT_MS } from '../retry.ts'
import { createDemand } from './demand.ts'
import type { Pace } from './pace.ts'

/** By this process's clock: where the slice begins, or when the limit is free again, where that is too late for anybody to wait. */
export type Lease = { from: number } | { closedUntil: number }

/** The slots of a limit that this process has leased and not handed out yet. `at` is now. */
export type Stock = {
  /** Hands out a slot that is due, if there is one. What nobody took in time has gone by. */
  take(at: number): boolean
  /** How many slots to lease, ahead but only for those who wait; 0 while enough are here, or on their way. */
  order(at: number, waiting: number): number
  /** What became of the order. */
  receive(at: number, lease: Lease | undefined): void
  /** Nothing that is here, or on its way, is used. */
  pause(until: number): void
  /** How long there will be nothing, where that is more than can be waited for; else 0. */
  closedMs(at: number): number
  /** When to look again. */
  readonly wakeAt: number
  isEmpty(at: number): boolean
}

/** The next slice is leased when what is held ends so soon: more than a call to the database takes. */
const LEAD_MS = 100

export function createStock(pace: Pace): Stock {
  const { spacingMs, lateMs } = pace
  const demand = createDemand(pace)
  let slots: number[] = []
  let ordered = 0
  let isVoid = false
  let closedUntil = -Infinity

  function dropLate(at: number) {
    slots = slots.filter((slot) => slot + lateMs >= at)
  }

  return {
    take(at) {
      dropLate(at)
      if (slots.length === 0 || slots[0]! > at) return false
      slots.shift()
      demand.noteUsed()
      return true
    },
    order(at, waiting) {
      const heldUntil = Math.max(closedUntil, slots.at(-1) ?? -Infinity)
      if (ordered > 0 || waiting <= slots.length || heldUntil - LEAD_MS > at) return 0
      ordered = demand.next(at, waiting - slots.length)
      return ordered
    },
    receive(at, lease) {
      if (lease && 'closedUntil' in lease) closedUntil = Math.max(closedUntil, lease.closedUntil)
      else if (lease && !isVoid) {
        demand.noteLease(at, lease.from)
        for (let index = 0; index < ordered; index++) slots.push(lease.from + index * spacingMs)
      }
      ordered = 0
      isVoid = false
    },
    pause(until) {
      closedUntil = Math.max(closedUntil, until)
      slots = []
      isVoid = ordered > 0
    },
    closedMs: (at) => (slots.length === 0 && closedUntil - at > SHORT_WAIT_MS ? closedUntil - at : 0),
    get wakeAt() {
      return slots[0] ?? closedUntil - LEAD_MS
    },
    isEmpty(at) {
      dropLate(at)
      return slots.length + ordered === 0 && closedUntil <= at
    },
  }
}
