import type { Unified } from '@tributary/sdk'
import { z } from 'zod'
import { sumOf, toAmount } from '../money.ts'
import { base, common, currencyCode, decimal, flag, integer, list, reference, text, time, translate } from './fields.ts'

const price = z.object({
  id: text,
  product: reference,
  unit_amount_decimal: decimal,
  billing_scheme: text,
  transform_quantity: z.looseObject({}).nullish(),
  recurring: z.object({ interval: text, interval_count: integer, usage_type: text }).nullish(),
})

const item = z.object({
  id: text,
  quantity: integer,
  current_period_start: time,
  current_period_end: time,
  price: price.nullish(),
})

/** https://docs.stripe.com/api/subscriptions/object */
export const shape = z.object({
  ...base,
  customer: reference,
  status: text,
  currency: text,
  items: list(item),
  start_date: time,
  trial_start: time,
  trial_end: time,
  cancel_at: time,
  canceled_at: time,
  ended_at: time,
  cancel_at_period_end: flag,
  collection_method: text,
  description: text,
})

type Subscription = z.output<typeof shape>
type Item = z.output<typeof item>

/** https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses */
const statuses = {
  trialing: 'trialing',
  active: 'active',
  past_due: 'past_due',
  unpaid: 'past_due',
  paused: 'paused',
  incomplete: 'incomplete',
  incomplete_expired: 'canceled',
  canceled: 'canceled',
} as const

export function toRecord(subscription: Subscription): Unified {
  const { cancel_at_period_end, collection_method, currency, description, status, trial_start } = subscription
  const items = subscription.items?.data ?? []
  return {
    model: 'subscription',
    ...common(subscription, { cancel_at_period_end, collection_method, description, trial_start }),
    customer_id: subscription.customer,
    status: translate(statuses, status),
    source_status: status,
    currency: currencyCode(currency),
    amount: toAmount(periodTotal(items), currency),
    items: items.map((each) => toItem(each, currency)),
    started_at: subscription.start_date,
    ...currentPeriod(items),
    trial_end: subscription.trial_end,
    cancel_at: subscription.cancel_at,
    canceled_at: subscription.canceled_at,
    ended_at: subscription.ended_at,
  }
}

function toItem({ id, price: sold, quantity }: Item, currency: Subscription['currency']) {
  return {
    id,
    product_id: sold?.product,
    price_id: sold?.id,
    quantity,
    unit_price: toAmount(sold?.unit_amount_decimal, currency),
    interval: sold?.recurring?.interval,
    interval_count: sold?.recurring?.interval_count,
  }
}

/** In minor units. Null where usage or tiers decide what is paid, or where the items' periods differ in length. */
function periodTotal(items: Item[]): string | null {
  const terms = items.map(fixedTerm).filter((term) => term !== null)
  const periods = new Set(
    items.map(({ price: sold }) => `${sold?.recurring?.interval_count} ${sold?.recurring?.interval}`),
  )
  return periods.size === 1 && terms.length === items.length ? sumOf(terms) : null
}

function fixedTerm({ price: sold, quantity }: Item) {
  const isFixed = sold?.billing_scheme === 'per_unit' && sold.recurring?.usage_type === 'licensed'
  if (!isFixed || sold.transform_quantity || sold.unit_amount_decimal == null || quantity == null) return null
  return { unit: sold.unit_amount_decimal, count: quantity }
}

/** Periods are the items' own (https://docs.stripe.com/changelog/basil): the one that ends first is the next to be billed. */
function currentPeriod(items: Item[]) {
  const [next] = items
    .map(({ current_period_end: end, current_period_start: start }) => ({ start, end: end ?? '' }))
    .filter(({ end }) => end)
    .toSorted((a, b) => (a.end < b.end ? -1 : 1))
  return { current_period_start: next?.start, current_period_end: next?.end }
}
