import type { Random } from '@tributary/sdk/sandbox'
import { inventAmount, NONE } from './odd.ts'
import type { InvoiceLine, Price, Subscription } from './wire.ts'

export type LinesOf = {
  count: number
  currency: string
  /** Seconds. */
  period: { start: number; end: number }
  subscription?: Subscription
  prices: Price[]
}

/** Lines that still lack their invoice's id. On some invoices all are taxed, on some the first has a discount. */
export function inventLines(random: Random, of: LinesOf): InvoiceLine[] {
  const taxRate = random.chance(0.5) ? `txr_1${random.text(23)}` : undefined
  const discount = random.chance(0.1) ? `di_1${random.text(23)}` : undefined
  return Array.from({ length: of.count }, (_, i) => {
    const line = inventLine(random, of, KINDS[i % 13] ?? 'plain')
    return withTax(discount && i === 0 ? withDiscount(line, discount) : line, taxRate)
  })
}

const NO_METADATA = {}

type Kind = 'plain' | 'usage' | 'proration' | 'manual'
const KINDS: Kind[] = ['plain', 'plain', 'usage', 'proration', 'plain', 'manual']

function inventLine(random: Random, of: LinesOf, kind: Kind): InvoiceLine {
  const { quantity, unit, amount } = countOut(random, of.currency, kind)
  return {
    id: `il_1${random.text(23)}`,
    object: 'line_item',
    amount,
    currency: of.currency,
    description: describe(kind, quantity),
    discount_amounts: NONE,
    discountable: kind === 'plain',
    discounts: NONE,
    invoice: null,
    livemode: false,
    metadata: NO_METADATA,
    parent: parentOf(random, of.subscription, kind === 'proration'),
    period: of.period,
    pretax_credit_amounts: NONE,
    pricing: kind === 'manual' ? null : pricingOf(random, of.prices, unit),
    quantity,
    quantity_decimal: quantity === null ? null : String(quantity),
    subscription: of.subscription?.id ?? null,
    subtotal: amount,
    taxes: NONE,
  }
}

/** Usage is priced by halves of the smallest unit, a proration gives money back, what was written by hand has no quantity. */
function countOut(random: Random, currency: string, kind: Kind) {
  if (kind === 'usage') {
    const quantity = random.int(10, 900) * 20
    return { quantity, unit: '0.5', amount: quantity / 2 }
  }
  const each = inventAmount(random, currency)
  if (kind === 'proration') return { quantity: 1, unit: String(-each), amount: -each }
  if (kind === 'manual') return { quantity: null, unit: null, amount: each }
  const quantity = random.int(1, 5)
  return { quantity, unit: String(each), amount: each * quantity }
}

function describe(kind: Kind, quantity: number | null) {
  if (kind === 'usage') return `${quantity} × API calls (at 0.5 each)`
  if (kind === 'proration') return 'Unused time on "Team" after 3 Mar'
  return kind === 'manual' ? null : `${quantity} × Team Plan`
}

function parentOf(random: Random, subscription: Subscription | undefined, proration: boolean): InvoiceLine['parent'] {
  const common = { proration, proration_details: null, subscription: subscription?.id ?? null }
  const item = subscription?.items.data[0]?.id
  if (item) {
    const details = { ...common, invoice_item: null, subscription_item: item }
    return { invoice_item_details: null, subscription_item_details: details, type: 'subscription_item_details' }
  }
  const details = { ...common, invoice_item: `ii_1${random.text(23)}` }
  return { invoice_item_details: details, subscription_item_details: null, type: 'invoice_item_details' }
}

function pricingOf(random: Random, prices: Price[], unit: string | null): InvoiceLine['pricing'] {
  const price = prices.length ? random.pick(prices) : undefined
  const price_details = price && { price: price.id, product: price.product }
  return { ...(price_details && { price_details }), type: 'price_details', unit_amount_decimal: unit }
}

function withDiscount(line: InvoiceLine, discount: string): InvoiceLine {
  const amount = tenth(line.amount)
  return { ...line, discount_amounts: [{ amount, discount }], discounts: [discount] }
}

function withTax(line: InvoiceLine, tax_rate: string | undefined): InvoiceLine {
  if (!tax_rate) return line
  const taxable_amount = line.amount - (line.discount_amounts?.[0]?.amount ?? 0)
  const tax = { tax_behavior: 'exclusive', tax_rate_details: { tax_rate }, taxability_reason: 'standard_rated' }
  return { ...line, taxes: [{ amount: tenth(taxable_amount), ...tax, taxable_amount, type: 'tax_rate_details' }] }
}

// Ten per cent, kept to a multiple of ten, which three-decimal currencies must be.
const tenth = (amount: number) => Math.trunc(amount / 100) * 10
