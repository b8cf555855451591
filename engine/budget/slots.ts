import { RateLimitError } from '@tributary/sdk'
import { createLine } from './line.ts'
import type { Pace } from './pace.ts'
import { createStock, type Lease } from './stock.ts'
import type { Asker } from './turns.ts'

/** A limit of an account, where requests wait in line. */
export type Gate = {
  /** Waits for a place; gives how to leave it again. Rejects with the signal's reason, or a ConnectorError. */
  enter(asker: Asker, signal: AbortSignal): Promise<Leave>
  /** Whether nobody would miss it. */
  isIdle(): boolean
}
export type Leave = () => void
export type SlotGate = Gate & {
  /** Nothing goes out for so long; those who would have to wait for more than seconds are sent away. */
  pause(ms: number): Promise<void>
}

/** One rate limit, in the database that all processes share. */
export type SharedSlots = {
  lease(count: number): Promise<Lease>
  pause(ms: number): Promise<void>
}

/**
 * A rate limit: slots are leased a slice at a time and handed out when they are due. One request at a time has entered, which
 * leaves when it has passed the other limits too: so no crowd builds up behind this one, to go out at once.
 */
export function createSlots(pace: Pace, shared: SharedSlots): SlotGate {
  const line = createLine<Leave>()
  const stock = createStock(pace)
  let isEntered = false
  let timer: NodeJS.Timeout | undefined

  function serve() {
    clearTimeout(timer)
    const at = performance.now()
    if (!isEntered && line.length > 0 && stock.take(at)) {
      isEntered = true
      line.admit(leave)
    }
    const count = stock.order(at, line.length)
    if (count > 0) void refill(count)
    if (stock.closedMs(at) > 0) line.dismiss((place) => closed(at, place))
    if (!isEntered && line.length > 0 && stock.wakeAt > at) timer = setTimeout(serve, Math.ceil(stock.wakeAt - at))
  }

  function leave() {
    isEntered = false
    serve()
  }

  async function refill(count: number) {
    try {
      const lease = await shared.lease(count)
      stock.receive(performance.now(), lease)
    } catch (error) {
      stock.receive(performance.now(), undefined)
      line.dismiss(() => error)
    }
    serve()
  }

  /** Those who are sent away together do not come back together. */
  const closed = (at: number, place: number) =>
    new RateLimitError("the rate limit of the source's account leaves no room for now; wait before the next request", {
      retryAfterMs: Math.ceil(stock.closedMs(at) + place * pace.spacingMs),
    })

  return {
    enter(asker, signal) {
      const entered = line.join(asker, signal)
      serve()
      return entered
    },
    pause(ms) {
      stock.pause(performance.now() + ms)
      serve()
      return shared.pause(ms)
    },
    isIdle: () => !isEntered && line.length === 0 && stock.isEmpty(performance.now()),
  }
}
