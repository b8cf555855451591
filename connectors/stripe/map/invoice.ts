import type { Unified } from '@tributary/sdk'
import { z } from 'zod'
import { sumOf, toAmount } from '../money.ts'
import { base, common, currencyCode, decimal, integer, list, reference, text, time, translate } from './fields.ts'

const line = z.object({
  amount: integer,
  description: text,
  quantity: z.number().nullish(),
  quantity_decimal: decimal,
  pricing: z.object({ unit_amount_decimal: decimal }).nullish(),
})

/** https://docs.stripe.com/api/invoices/object */
export const shape = z.object({
  ...base,
  customer: reference,
  number: text,
  status: text,
  currency: text,
  subtotal: integer,
  total: integer,
  total_taxes: z.array(z.object({ amount: z.number().int() })).nullish(),
  amount_due: integer,
  amount_paid: integer,
  amount_remaining: integer,
  effective_at: time,
  due_date: time,
  status_transitions: z.object({ finalized_at: time, paid_at: time }).nullish(),
  lines: list(line),
  billing_reason: text,
  collection_method: text,
  description: text,
  parent: z.object({ subscription_details: z.object({ subscription: reference }).nullish() }).nullish(),
})

type Invoice = z.output<typeof shape>

/** An uncollectible invoice is still owed: it can be paid or voided later (https://docs.stripe.com/invoicing/overview). */
const statuses = { draft: 'draft', open: 'pending', uncollectible: 'pending', paid: 'paid', void: 'void' } as const

export function toRecord(invoice: Invoice): Unified {
  const { currency, status, status_transitions: times } = invoice
  return {
    model: 'invoice',
    ...common(invoice, extras(invoice)),
    customer_id: invoice.customer,
    invoice_number: invoice.number,
    status: translate(statuses, status),
    source_status: status,
    subtotal: toAmount(invoice.subtotal, currency),
    tax: toAmount(taxOf(invoice), currency),
    total: toAmount(invoice.total, currency),
    currency: currencyCode(currency),
    issue_date: invoice.effective_at ?? times?.finalized_at,
    due_date: invoice.due_date,
    paid_date: times?.paid_at,
    line_items: invoice.lines?.data.map((each) => toLineItem(each, currency)),
  }
}

function extras({ currency, ...invoice }: Invoice) {
  return {
    amount_due: toAmount(invoice.amount_due, currency),
    amount_paid: toAmount(invoice.amount_paid, currency),
    amount_remaining: toAmount(invoice.amount_remaining, currency),
    billing_reason: invoice.billing_reason,
    collection_method: invoice.collection_method,
    description: invoice.description,
    subscription_id: invoice.parent?.subscription_details?.subscription,
  }
}

/** Null where Stripe does not say; an empty list says that there is none. */
const taxOf = ({ total_taxes: taxes }: Invoice) =>
  taxes && sumOf(taxes.map(({ amount }) => ({ unit: String(amount), count: 1 })))

function toLineItem(
  { amount, description, pricing, quantity, quantity_decimal }: z.output<typeof line>,
  currency: Invoice['currency'],
) {
  return {
    description,
    quantity: quantity_decimal == null ? quantity : Number(quantity_decimal), // `quantity` itself is cut to a whole number
    unit_price: toAmount(pricing?.unit_amount_decimal, currency),
    total: toAmount(amount, currency),
  }
}
