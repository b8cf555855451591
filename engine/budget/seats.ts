import type { Seat } from '../../db/quotas.ts'
import { createLine } from './line.ts'
import type { Gate, Leave } from './slots.ts'

/** The seats of one limit, in the database that all processes share. */
export type SharedSeats = {
  keys: string[]
  claim(claim: { keys: string[]; count: number; leaseMs: number }): Promise<Seat[]>
  extend(seat: Seat, leaseMs: number): Promise<Seat | undefined>
}

/** A seat that this process has; it begins no request after `freshUntil`. */
type Held = { seat: Seat; freshUntil: number; leasedUntil: number }

const LEASE_MS = 5000
const RENEW_BEFORE_MS = 2000
const ASK_AGAIN_MS = 200
const IDLE_MS = 500

/**
 * A limit of what may be in flight: one seat a request. A process leases seats and uses each for its requests, one after the
 * other, until shortly before its lease ends; then it asks anew like everybody else, so that a busy process cannot keep them all.
 * Only under a request that takes longer the lease goes on. An idle seat is given back, those of a process that dies lapse in 5 s.
 */
export function createSeats(shared: SharedSeats): Gate {
  const line = createLine<Leave>()
  const taken = new Set<Held>()
  let free: Held[] = []
  let isClaiming = false
  let claimAt = -Infinity
  let timer: NodeJS.Timeout | undefined

  function serve() {
    clearTimeout(timer)
    free = free.filter(isFresh)
    while (line.length > 0 && free.length > 0) sit(free.shift()!)
    if (line.length === 0) timer = setTimeout(giveBackFree, IDLE_MS)
    if (line.length === 0 || isClaiming) return
    const waitMs = claimAt - performance.now()
    if (waitMs > 0) timer = setTimeout(serve, waitMs)
    else void claim()
  }

  function sit(held: Held) {
    taken.add(held)
    const endLease = keepLeased(shared, held)
    line.admit(() => {
      taken.delete(held)
      endLease()
      if (isFresh(held)) free.push(held)
      else standBack()
      serve()
    })
  }

  async function claim() {
    const keys = shared.keys.filter((key) => ![...free, ...taken].some(({ seat }) => seat.key === key))
    // All are here: the next one is free when a request ends.
    if (keys.length === 0) return
    isClaiming = true
    const leasedUntil = performance.now() + LEASE_MS
    try {
      const seats = await shared.claim({ keys, count: line.length, leaseMs: LEASE_MS })
      free.push(...seats.map((seat) => ({ seat, leasedUntil, freshUntil: leasedUntil - ASK_AGAIN_MS })))
      if (seats.length === 0) standBack()
    } catch (error) {
      line.dismiss(() => error)
    }
    isClaiming = false
    serve()
  }

  /** Where that fails, the leases end by themselves. */
  function giveBackFree() {
    for (const { seat } of free) shared.extend(seat, 0).catch(() => {})
    free = []
  }

  /** Those who ask at random times get a seat equally often, also those who just had one. */
  const standBack = () => void (claimAt = performance.now() + ASK_AGAIN_MS * (0.5 + Math.random()))

  return {
    enter(asker, signal) {
      const entered = line.join(asker, signal)
      serve()
      return entered
    },
    isIdle: () => line.length + taken.size === 0 && !isClaiming && !free.some(isFresh),
  }
}

const isFresh = ({ freshUntil }: Held) => freshUntil > performance.now()

/**
 * Goes on with a lease until it is ended; a seat that is not fresh any more is then given back. A request that is on its way cannot
 * be called back, so where the database fails, or another process has the seat by now, there is nothing to do.
 */
function keepLeased(shared: SharedSeats, held: Held): () => void {
  const extend = (leaseMs: number) => shared.extend(held.seat, leaseMs).catch(() => undefined)
  let isOver = false
  let timer = renewSoon()

  function renewSoon() {
    return setTimeout(() => void renew(), held.leasedUntil - RENEW_BEFORE_MS - performance.now())
  }
  async function renew() {
    held.leasedUntil = performance.now() + LEASE_MS
    held.seat = (await extend(LEASE_MS)) ?? held.seat
    if (!isOver) timer = renewSoon()
  }
  return () => {
    isOver = true
    clearTimeout(timer)
    if (!isFresh(held)) void extend(0)
  }
}
