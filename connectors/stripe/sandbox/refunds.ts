import type { Random } from '@tributary/sdk/sandbox'
import { DAY, SEEDED_UNTIL } from './odd.ts'
import type { Charge, Refund } from './wire.ts'

/** More than the ten that a charge embeds, when it is asked to. */
const MOST = 12

/**
 * Refunds of these charges, and the charges as they are after. The first gets a dozen if there are enough; the others a part of
 * what was paid, all of it, or one that failed and gave nothing back. No charge bears more than a dozen, so there can be fewer.
 */
export function seedRefunds(
  random: Random,
  count: number,
  charges: Charge[],
): { refunds: Refund[]; charges: Charge[] } {
  const paid = charges.filter((charge) => charge.status === 'succeeded' && charge.captured)
  const refunds = share(paid, count).flatMap(({ charge, times }, i) =>
    Array.from({ length: times }, () =>
      inventRefund(random, refundTime(random, charge), { charge, ...partOf(charge, times, i) }),
    ),
  )
  return { refunds, charges: settle(charges, refunds) }
}

function share(paid: Charge[], count: number) {
  const wanted = Math.min(count, paid.length * MOST)
  const first = Math.min(MOST, Math.ceil(wanted / 2))
  const others = Math.max(1, paid.length - 1)
  const timesOf = (i: number) => (i === 0 ? first : Math.floor((wanted - first + others - i) / others))
  return paid.map((charge, i) => ({ charge, times: timesOf(i) })).filter(({ times }) => times > 0)
}

const refundTime = (random: Random, charge: Charge) => Math.min(charge.created + random.int(1, 40 * DAY), SEEDED_UNTIL)

function partOf({ amount }: Charge, times: number, i: number): Pick<Refund, 'amount' | 'status'> {
  if (times > 1) return { amount: Math.floor(amount / (MOST * 10)) * 10 || 10, status: 'succeeded' }
  const half = Math.floor(amount / 20) * 10
  return [
    { amount, status: 'succeeded' },
    { amount: half, status: 'succeeded' },
    { amount: half, status: 'failed' },
    { amount: half, status: 'pending' },
  ][i % 4] as Pick<Refund, 'amount' | 'status'>
}

export function inventRefund(
  random: Random,
  created: number,
  { charge, amount, status }: { charge: Charge } & Pick<Refund, 'amount' | 'status'>,
): Refund {
  const failed = status === 'failed'
  return {
    id: `re_3${random.text(23)}`,
    object: 'refund',
    amount,
    balance_transaction: `txn_3${random.text(23)}`,
    charge: charge.id,
    created,
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    ...(failed && { failure_balance_transaction: `txn_1${random.text(23)}`, failure_reason: 'lost_or_stolen_card' }),
    destination_details: {
      card: { reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' },
      type: 'card',
    },
    metadata: {},
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason: random.pick([null, 'requested_by_customer', 'duplicate']),
    receipt_number: null,
    source_transfer_reversal: null,
    status,
    transfer_reversal: null,
  }
}

function settle(charges: Charge[], refunds: Refund[]): Charge[] {
  const given = new Map<unknown, number>()
  for (const { charge, amount, status } of refunds) {
    if (status !== 'failed') given.set(charge, (given.get(charge) ?? 0) + amount)
  }
  return charges.map((charge) => {
    const amount_refunded = given.get(charge.id)
    return amount_refunded ? { ...charge, amount_refunded, refunded: amount_refunded === charge.amount } : charge
  })
}
