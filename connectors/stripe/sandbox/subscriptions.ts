import type { Random } from '@tributary/sdk/sandbox'
import { DAY, inventMetadata, timeline, vary, NONE } from './odd.ts'
import { listOf } from './wire.ts'
import type { Customer, Plan, Price, Subscription, SubscriptionItem } from './wire.ts'

type Pool = { customers: Customer[]; prices: Price[] }

export function seedSubscriptions(random: Random, count: number, { customers, prices }: Pool): Subscription[] {
  const recurring = prices.filter((price) => price.recurring && price.unit_amount !== null)
  return timeline(random, count).map((created, i) => {
    const chosen = Array.from({ length: i % 30 === 2 ? 12 : random.int(1, 2) }, () => random.pick(recurring))
    const plain = inventSubscription(random, created, { customer: random.pick(customers).id, prices: chosen })
    return vary(plain, STATES[i % 16]?.(created))
  })
}

/** Active, with one item for each of `prices` (at least one): those past ten are given by the items' own list only. */
export function inventSubscription(
  random: Random,
  created: number,
  of: { customer: string; prices: Price[] },
): Subscription {
  const id = `sub_1${random.text(23)}`
  const items = of.prices.map((price) => inventItem(random, created, { subscription: id, price }))
  return {
    id,
    object: 'subscription',
    application: null,
    application_fee_percent: null,
    automatic_tax: UNTAXED,
    billing_cycle_anchor: created,
    billing_cycle_anchor_config: null,
    billing_mode: CLASSIC,
    billing_schedules: NONE,
    billing_thresholds: null,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: UNSAID,
    collection_method: 'charge_automatically',
    created,
    currency: of.prices[0]?.currency ?? 'usd',
    customer: of.customer,
    customer_account: null,
    days_until_due: null,
    default_payment_method: null,
    default_source: null,
    default_tax_rates: NONE,
    description: null,
    discounts: NONE,
    ended_at: null,
    invoice_settings: INVOICE_SETTINGS,
    items: listOf(items, `/v1/subscription_items?subscription=${id}`),
    latest_invoice: null,
    livemode: false,
    managed_payments: UNMANAGED,
    metadata: inventMetadata(random),
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: PAYMENT_SETTINGS,
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: created,
    status: 'active',
    test_clock: null,
    transfer_data: null,
    trial_end: null,
    trial_settings: TRIAL_SETTINGS,
    trial_start: null,
  }
}

const UNTAXED = { disabled_reason: null, enabled: false, liability: null }
const CLASSIC = { flexible: null, type: 'classic' }
const UNMANAGED = { enabled: false }
const UNSAID = { comment: null, feedback: null, feedback_option: null, reason: null }
const SELF = { type: 'self' }
const INVOICE_SETTINGS = { account_tax_ids: null, custom_fields: null, description: null, footer: null, issuer: SELF }
const PAYMENT_SETTINGS = {
  payment_method_options: null,
  payment_method_types: null,
  save_default_payment_method: 'off',
}
const TRIAL_SETTINGS = { end_behavior: { billing_cycle_anchor: null, missing_payment_method: 'create_invoice' } }

function inventItem(random: Random, created: number, of: { subscription: string; price: Price }): SubscriptionItem {
  return {
    id: `si_${random.text(14)}`,
    object: 'subscription_item',
    billing_thresholds: null,
    created,
    current_period_end: created + 30 * DAY,
    current_period_start: created,
    current_trial: null,
    discounts: NONE,
    metadata: {},
    plan: planOf(of.price),
    price: of.price,
    quantity: random.int(1, 5),
    subscription: of.subscription,
    tax_rates: NONE,
  }
}

/** The older name of a recurring price, which items still carry. */
function planOf(price: Price): Plan {
  return {
    id: price.id,
    object: 'plan',
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: price.billing_scheme,
    created: price.created,
    currency: price.currency,
    interval: price.recurring?.interval ?? 'month',
    interval_count: price.recurring?.interval_count ?? 1,
    livemode: price.livemode,
    metadata: price.metadata,
    meter: null,
    nickname: price.nickname,
    product: price.product,
    tiers_mode: null,
    transform_usage: null,
    trial_period_days: price.recurring?.trial_period_days ?? null,
    usage_type: price.recurring?.usage_type ?? 'licensed',
  }
}

type State = (created: number) => Partial<Subscription>

const REQUESTED = {
  comment: 'Zu teuer :(',
  feedback: 'too_expensive',
  feedback_option: null,
  reason: 'cancellation_requested',
}

/** A subscription that ended at `at`, as its owner asked. */
export const canceledAt = (at: number): Partial<Subscription> => ({
  status: 'canceled',
  canceled_at: at,
  ended_at: at,
  cancellation_details: REQUESTED,
})

const STATES: (State | undefined)[] = [
  undefined,
  (created) => ({ status: 'trialing', trial_start: created, trial_end: created + 14 * DAY }),
  undefined,
  (created) => canceledAt(created + 45 * DAY),
  () => ({ status: 'past_due' }),
  (created) => ({ cancel_at_period_end: true, cancel_at: created + 30 * DAY, canceled_at: created + 3 * DAY }),
  (created) => ({ status: 'incomplete_expired', ended_at: created + DAY }),
  () => ({ status: 'unpaid', collection_method: 'send_invoice', days_until_due: 30 }),
  () => ({ pause_collection: { behavior: 'void', resumes_at: null } }),
  () => ({ status: 'incomplete' }),
]
