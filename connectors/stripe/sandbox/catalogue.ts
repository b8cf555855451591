import type { Random } from '@tributary/sdk/sandbox'
import { currencyAt, inventAmount, inventMetadata, timeline, vary } from './odd.ts'
import type { Price, Product } from './wire.ts'

export const seedProducts = (random: Random, count: number): Product[] =>
  timeline(random, count).map((created, i) => vary(inventProduct(random, created), awkward(created, i)))

export function inventProduct(random: Random, created: number): Product {
  return {
    id: `prod_${random.text(14)}`,
    object: 'product',
    active: true,
    created,
    default_price: null,
    description: null,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: inventMetadata(random),
    name: `${random.pick(ADJECTIVES)} ${random.pick(NOUNS)}`,
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: 'service',
    unit_label: null,
    updated: created,
    url: null,
  }
}

const ADJECTIVES = ['Basic', 'Team', 'Näher', 'Scale', 'Légère', 'Pro', '極', 'Quiet']
const NOUNS = ['Plan', 'Seat', 'Storage', 'Kit', 'Größe L', 'Support', 'API calls', 'セット']

function awkward(created: number, i: number): Partial<Product> | undefined {
  if (i % 8 === 1) return { active: false, updated: created + 1 }
  if (i % 8 === 2)
    return { type: 'good', shippable: true, package_dimensions: BOX, description: 'Ships "flat" & light' }
  return undefined
}

const BOX = { height: 2.5, length: 30, weight: 0.4, width: 21 }

/** Prices of these products in turn. */
export function seedPrices(random: Random, count: number, products: Product[]): Price[] {
  return timeline(random, count).map((created, i) => {
    const product = products[i % products.length]?.id ?? ''
    return vary(inventPrice(random, created, { product, currency: currencyAt(i) }), KINDS[i % 12])
  })
}

export function inventPrice(random: Random, created: number, of: { product: string; currency: string }): Price {
  const amount = inventAmount(random, of.currency)
  return {
    id: `price_1${random.text(23)}`,
    object: 'price',
    active: true,
    billing_scheme: 'per_unit',
    created,
    currency: of.currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: null,
    metadata: {},
    nickname: null,
    product: of.product,
    recurring: { interval: 'month', interval_count: 1, meter: null, trial_period_days: null, usage_type: 'licensed' },
    tax_behavior: 'exclusive',
    tiers_mode: null,
    transform_quantity: null,
    type: 'recurring',
    unit_amount: amount,
    unit_amount_decimal: String(amount),
  }
}

const KINDS: (Partial<Price> | undefined)[] = [
  undefined,
  { active: false, nickname: 'Old "friends" price' },
  // A part of a cent: Stripe gives no whole amount then.
  { unit_amount: null, unit_amount_decimal: '0.5', lookup_key: null },
  { recurring: { interval: 'year', interval_count: 1, meter: null, trial_period_days: 14, usage_type: 'licensed' } },
  { type: 'one_time', recurring: null },
  { billing_scheme: 'tiered', tiers_mode: 'graduated', unit_amount: null, unit_amount_decimal: null },
]
