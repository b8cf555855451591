import type { RateLimit } from '@tributary/sdk'
import type { Database } from '../db/client.ts'
import { paceOf, type Rate } from './budget/pace.ts'
import { remembered } from './budget/remembered.ts'
import { createSeats } from './budget/seats.ts'
import { createSharedQuotas } from './budget/shared-quotas.ts'
import { createSlots, type Gate, type Leave } from './budget/slots.ts'
import type { Asker } from './budget/turns.ts'
import type { Keyring } from './keyring.ts'

/** Who pays for a request at the source, within which limits, and who asks for it. */
export type Payer = Asker & { key: string; limits: RateLimit[] }
export type Turn = {
  waitedMs: number
  /** To be called when the request is no longer in flight. */
  end(): void
}
type Sent = { method: string; path: string }

/** Room for requests within the sources' rate limits, which all processes over one database share. */
export type Budget = {
  /**
   * Waits for its turn. Rejects with the signal's reason; with `rate_limited` where the source is to be left alone for more than
   * seconds; with `upstream_unavailable` where the database does not answer, for then nobody knows what is left.
   */
  take(payer: Payer, request: Sent, signal: AbortSignal): Promise<Turn>
  /** The source wants to be left alone for `ms`: no process sends what falls under the rate limits of this request. */
  pause(payer: Payer, request: Sent, ms: number): Promise<void>
}

/** Each limit is a gate. A request goes through those of what may be in flight first, and then through the rates, the slowest first. */
export function createBudget(options: { db: Database; keyring: Keyring }): Budget {
  const shared = createSharedQuotas(options)
  const seatGate = remembered((id: string, { inFlight }: InFlight) => createSeats(shared.seats(id, inFlight)))
  const slotGate = remembered((id: string, rate: Rate) => createSlots(paceOf(rate), shared.slots(id, paceOf(rate))))
  const seatGates = (payer: Payer, request: Sent) =>
    limitsOf(payer, request)
      .filter(isInFlight)
      .map((limit) => seatGate(idOf(payer, limit, request), limit))
  const slotGates = (payer: Payer, request: Sent) =>
    limitsOf(payer, request)
      .filter(isRate)
      .toSorted((a, b) => a.requests / a.seconds - b.requests / b.seconds)
      .map((rate) => slotGate(idOf(payer, rate, request), rate))
  return {
    async take(payer, request, signal) {
      const asked = performance.now()
      const end = await enterAll(seatGates(payer, request), payer, signal)
      try {
        const leave = await enterAll(slotGates(payer, request), payer, signal)
        leave()
      } catch (error) {
        end()
        throw error
      }
      return { waitedMs: performance.now() - asked, end }
    },
    async pause(payer, request, ms) {
      await Promise.all(slotGates(payer, request).map((gate) => gate.pause(ms)))
    },
  }
}

async function enterAll(gates: Gate[], asker: Asker, signal: AbortSignal): Promise<Leave> {
  const entered: Leave[] = []
  const leave = () => entered.forEach((leaveOne) => leaveOne())
  try {
    for (const gate of gates) entered.push(await gate.enter(asker, signal))
    return leave
  } catch (error) {
    leave()
    throw error
  }
}

type InFlight = Exclude<RateLimit, Rate>
const isRate = (limit: RateLimit): limit is Rate => 'requests' in limit
const isInFlight = (limit: RateLimit): limit is InFlight => !isRate(limit)

const limitsOf = ({ limits }: Payer, request: Sent): RateLimit[] =>
  limits.filter(({ match }) => match === undefined || matches(match, request))

/** "GET /v1/search/*": the star stands for the rest. */
function matches(pattern: string, request: Sent): boolean {
  const text = `${request.method} ${request.path}`
  return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern
}

/** Two limits of one kind and period would be one, so how much it allows may change without a new id. */
function idOf({ key }: Payer, limit: RateLimit, { method, path }: Sent): string {
  const kind = isRate(limit) ? limit.seconds : 'in flight'
  return JSON.stringify([key, kind, limit.match ?? '', limit.per === 'route' ? `${method} ${path}` : ''])
}
