import { ConnectorError, isConnectorError } from '@tributary/sdk'
import type { Database } from '../../db/client.ts'
import { isDatabaseUnavailable } from '../../db/failures.ts'
import { claimSeats, extendSeat, leaseSlots, pauseQuota } from '../../db/quotas.ts'
import { createKeyedNames, type Keyring } from '../keyring.ts'
import { SHORT_WAIT_MS } from '../retry.ts'
import type { Pace } from './pace.ts'
import type { SharedSeats } from './seats.ts'
import { createSharedClock } from './shared-clock.ts'
import type { SharedSlots } from './slots.ts'
import type { Lease } from './stock.ts'

/** The limits in the database, where only keyed hashes of their ids are seen, which tell no account. */
export type SharedQuotas = {
  slots(id: string, pace: Pace): SharedSlots
  seats(id: string, count: number): SharedSeats
}

/** Everything here rejects with `upstream_unavailable` where the database does not answer. */
export function createSharedQuotas({ db, keyring }: { db: Database; keyring: Keyring }): SharedQuotas {
  const nameOf = createKeyedNames(keyring, 'quotas')
  const clock = createSharedClock()
  // How much later than it could have been the last answer came.
  let lagMs = 0

  async function lease(key: string, count: number, { spacingMs, lateMs, savedMs }: Pace): Promise<Lease> {
    const asked = performance.now()
    // A slot that would be late by the time it is here is not asked for.
    const earliestMs = Math.max(0, lagMs - lateMs / 2) - savedMs
    const slice = { key, count, spacingMs, earliestMs, patienceMs: SHORT_WAIT_MS }
    const { until, busy_until, now } = await answered(leaseSlots(db, slice))
    const answeredAt = performance.now()
    clock.learn(asked, answeredAt, now)
    lagMs = answeredAt - clock.toLocal(now)
    if (until === null) return { closedUntil: clock.toLocal(busy_until ?? now) }
    return { from: clock.toLocal(until) - count * spacingMs - ROUNDED_MS }
  }

  return {
    slots: (id, pace) => ({
      lease: (count) => lease(nameOf(id), count, pace),
      pause: (ms) => answered(pauseQuota(db, nameOf(id), ms)).catch(letOthersAsk),
    }),
    seats: (id, count) => ({
      keys: Array.from({ length: count }, (_, seat) => nameOf(`${id} ${seat}`)),
      claim: (claim) => answered(claimSeats(db, claim)),
      extend: (seat, leaseMs) => answered(extendSeat(db, seat, leaseMs)),
    }),
  }
}

/** Where the database cannot be told of a pause, the source tells the other processes itself. */
function letOthersAsk(error: unknown): void {
  if (!isConnectorError(error)) throw error
}

/** Postgres has whole microseconds. */
const ROUNDED_MS = 0.001
const PATIENCE_MS = 5000

async function answered<Answer>(call: Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unavailable()), PATIENCE_MS)
  })
  try {
    return await Promise.race([call, late])
  } catch (error) {
    throw isDatabaseUnavailable(error) ? unavailable(error) : error
  } finally {
    clearTimeout(timer)
  }
}

const unavailable = (cause?: unknown) =>
  new ConnectorError('upstream_unavailable', 'the database that holds the rate limits does not answer; ask again', {
    cause,
  })
