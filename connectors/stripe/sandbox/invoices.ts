import type { Random } from '@tributary/sdk/sandbox'
import { DAY, currencyAt, inventMetadata, timeline, vary, NONE } from './odd.ts'
import { inventLines } from './invoice-lines.ts'
import { listOf } from './wire.ts'
import type { Customer, Invoice, InvoiceLine, Price, Subscription } from './wire.ts'

type Pool = { customers: Customer[]; prices: Price[]; subscriptions: Subscription[]; account: string }
/** What an invoice is about; a customer who is gone or was never one is left out. */
export type InvoiceOf = {
  customer?: Customer
  subscription?: Subscription
  currency: string
  lines: InvoiceLine[]
  account: string
}

export function seedInvoices(random: Random, count: number, pool: Pool): Invoice[] {
  const customers = new Map(pool.customers.map((customer) => [customer.id, customer]))
  return timeline(random, count).map((created, i) => {
    const subscription = pool.subscriptions.length && i % 3 ? random.pick(pool.subscriptions) : undefined
    const customer = subscription ? customers.get(subscription.customer) : anyOf(random, pool.customers)
    const currency = subscription?.currency ?? currencyAt(i)
    const lines = inventLines(random, {
      count: linesAt(random, i),
      currency,
      period: monthFrom(created),
      subscription,
      prices: pool.prices,
    })
    const plain = inventInvoice(random, created, { customer, subscription, currency, lines, account: pool.account })
    return vary(plain, STATES[i % 12]?.(plain))
  })
}

export const monthFrom = (start: number) => ({ start, end: start + 30 * DAY })

const anyOf = (random: Random, customers: Customer[]) => (customers.length ? random.pick(customers) : undefined)

/** One line mostly; none, more than a page is embedded of, and many. */
const linesAt = (random: Random, i: number) => [1, 0, 12, 40][i % 40] ?? random.int(1, 4)

/** Paid a minute after it was made. Amounts add up: tax lies upon the lines, a discount before it. */
export function inventInvoice(random: Random, created: number, of: InvoiceOf): Invoice {
  const { customer, subscription, currency, account } = of
  const amounts = amountsOf(of.lines)
  const id = `in_1${random.text(23)}`
  const lines = of.lines.map((line) => ({ ...line, invoice: id }))
  return {
    id,
    ...UNUSED, // not first: V8 is slow at adding to a copy
    amount_due: amounts.total,
    amount_paid: amounts.total,
    billing_reason: subscription ? 'subscription_cycle' : 'manual',
    created,
    currency,
    customer: customer?.id ?? null,
    customer_address: customer?.address ?? null,
    customer_email: customer?.email ?? null,
    customer_name: customer?.name ?? null,
    customer_phone: customer?.phone ?? null,
    customer_shipping: customer?.shipping ?? null,
    customer_tax_exempt: customer?.tax_exempt ?? 'none',
    effective_at: created + 60,
    hosted_invoice_url: `https://invoice.example.com/i/${account}/${id}`,
    invoice_pdf: `https://invoice.example.com/i/${account}/${id}/pdf`,
    lines: listOf(lines, `/v1/invoices/${id}/lines`),
    metadata: inventMetadata(random),
    number: `${customer?.invoice_prefix ?? 'GUEST'}-${String(random.int(1, 9999)).padStart(4, '0')}`,
    parent: subscription ? parentOf(subscription) : null,
    period_end: created,
    period_start: created - 30 * DAY,
    status_transitions: { ...NEVER, finalized_at: created + 60, paid_at: created + 60 },
    subtotal: amounts.subtotal,
    subtotal_excluding_tax: amounts.subtotal,
    total: amounts.total,
    total_discount_amounts: amounts.discounts,
    total_excluding_tax: amounts.taxable,
    total_taxes: amounts.taxes,
    webhooks_delivered_at: created + 61,
  }
}

/** What an invoice of this account looks like where nothing is said of it. */
const UNUSED = {
  object: 'invoice' as const,
  account_country: 'US',
  account_name: 'Tributary Demo',
  account_tax_ids: null,
  amount_overpaid: 0,
  amount_remaining: 0,
  amount_shipping: 0,
  application: null,
  attempt_count: 1,
  attempted: true,
  auto_advance: false,
  automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
  automatically_finalizes_at: null,
  collection_method: 'charge_automatically',
  custom_fields: null,
  customer_account: null,
  customer_tax_ids: NONE,
  default_payment_method: null,
  default_source: null,
  default_tax_rates: NONE,
  description: null,
  discounts: NONE,
  due_date: null,
  ending_balance: 0,
  footer: null,
  from_invoice: null,
  issuer: { type: 'self' },
  last_finalization_error: null,
  latest_revision: null,
  livemode: false,
  next_payment_attempt: null,
  on_behalf_of: null,
  payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
  post_payment_credit_notes_amount: 0,
  pre_payment_credit_notes_amount: 0,
  receipt_number: null,
  rendering: null,
  shipping_cost: null,
  shipping_details: null,
  starting_balance: 0,
  statement_descriptor: null,
  status: 'paid',
  test_clock: null,
  total_pretax_credit_amounts: NONE,
}

const NEVER = { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null }

const parentOf = (subscription: Subscription): Invoice['parent'] => ({
  quote_details: null,
  subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
  type: 'subscription_details',
})

function amountsOf(lines: InvoiceLine[]) {
  const subtotal = sum(lines.map((line) => line.amount))
  const discounts = lines.flatMap((line) => line.discount_amounts ?? [])
  const taxable = subtotal - sum(discounts.map((discount) => discount.amount))
  const taxesOfLines = lines.flatMap((line) => line.taxes ?? [])
  const amount = sum(taxesOfLines.map((tax) => tax.amount))
  const taxes = taxesOfLines.slice(0, 1).map((tax) => ({ ...tax, amount, taxable_amount: taxable }))
  return { subtotal, discounts, taxable, taxes, total: taxable + amount }
}

const sum = (amounts: number[]) => amounts.reduce((total, amount) => total + amount, 0)

type State = (paid: Invoice) => Partial<Invoice>

const unpaid = ({ total }: Invoice) => ({ amount_paid: 0, amount_remaining: total, attempted: false, attempt_count: 0 })

const STATES: (State | undefined)[] = [
  undefined,
  (paid) => ({
    ...unpaid(paid),
    ...{ status: 'draft', number: null, effective_at: null, hosted_invoice_url: null, invoice_pdf: null },
    ...{ auto_advance: true, ending_balance: null, status_transitions: NEVER, webhooks_delivered_at: null },
  }),
  undefined,
  (paid) => ({ ...unpaid(paid), ...dueIn(paid, 30), status: 'open', status_transitions: finalized(paid) }),
  (paid) => ({
    ...unpaid(paid),
    status: 'void',
    status_transitions: { ...finalized(paid), voided_at: paid.created + DAY },
  }),
  (paid) => ({
    ...unpaid(paid),
    ...dueIn(paid, 14),
    status: 'uncollectible',
    status_transitions: { ...finalized(paid), marked_uncollectible_at: paid.created + 60 * DAY },
  }),
  (paid) => ({ ...dueIn(paid, 7), description: 'Thank you – merci – ありがとう' }),
]

const finalized = (paid: Invoice) => ({ ...NEVER, finalized_at: paid.created + 60 })

const dueIn = (paid: Invoice, days: number): Partial<Invoice> => ({
  collection_method: 'send_invoice',
  due_date: paid.created + days * DAY,
})
