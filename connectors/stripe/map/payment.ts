import type { Unified } from '@tributary/sdk'
import { z } from 'zod'
import { toAmount } from '../money.ts'
import { base, common, currencyCode, flag, integer, reference, text, translate } from './fields.ts'

/** https://docs.stripe.com/api/charges/object */
export const chargeShape = z.object({
  ...base,
  customer: reference,
  status: text,
  captured: flag,
  refunded: flag,
  amount: integer,
  amount_captured: integer,
  amount_refunded: integer,
  currency: text,
  description: text,
  failure_code: text,
  failure_message: text,
  payment_method_details: z.object({ type: text }).nullish(),
  disputed: flag,
  payment_intent: reference,
  receipt_email: text,
  statement_descriptor: text,
})

/** https://docs.stripe.com/api/refunds/object */
export const refundShape = z.object({
  ...base,
  charge: reference,
  customer: reference,
  status: text,
  amount: integer,
  currency: text,
  description: text,
  failure_reason: text,
  destination_details: z.object({ type: text }).nullish(),
  payment_intent: reference,
  reason: text,
})

type Charge = z.output<typeof chargeShape>
type Refund = z.output<typeof refundShape>

const statuses = {
  pending: 'pending',
  requires_action: 'pending',
  succeeded: 'succeeded',
  failed: 'failed',
  canceled: 'canceled',
} as const

/** A charge names no invoice: since 2025-03-31 invoice payments link the two (https://docs.stripe.com/changelog/basil). */
export function toChargeRecord(charge: Charge): Unified {
  const { captured, currency, disputed, payment_intent, receipt_email, statement_descriptor } = charge
  const captured_amount = toAmount(charge.amount_captured, currency)
  return {
    model: 'payment',
    kind: 'charge',
    ...common(charge, {
      amount_captured: captured_amount,
      captured,
      disputed,
      payment_intent,
      receipt_email,
      statement_descriptor,
    }),
    customer_id: charge.customer,
    status: chargeStatus(charge),
    source_status: charge.status,
    amount: toAmount(charge.amount, currency),
    amount_refunded: toAmount(charge.amount_refunded, currency),
    currency: currencyCode(currency),
    method: charge.payment_method_details?.type,
    description: charge.description,
    failure_code: charge.failure_code,
    failure_message: charge.failure_message,
    paid_at: paidAt(charge, chargeStatus(charge)),
  }
}

export function toRefundRecord(refund: Refund): Unified {
  const { currency, payment_intent, reason } = refund
  const status = translate(statuses, refund.status)
  return {
    model: 'payment',
    kind: 'refund',
    ...common(refund, { payment_intent, reason }),
    customer_id: refund.customer,
    refunded_payment_id: refund.charge,
    status,
    source_status: refund.status,
    amount: toAmount(refund.amount, currency),
    currency: currencyCode(currency),
    method: refund.destination_details?.type,
    description: refund.description,
    failure_code: refund.failure_reason,
    paid_at: paidAt(refund, status),
  }
}

/** An authorization that is not captured has `succeeded` too, but no money moved: it waits, or was released. */
function chargeStatus({ captured, refunded, status }: Charge) {
  if (status === 'succeeded' && captured === false) return refunded ? 'canceled' : 'pending'
  return translate(statuses, status)
}

/** Stripe gives no other time than the creation. */
const paidAt = ({ created }: Charge | Refund, status: string | null) => (status === 'succeeded' ? created : null)
