import type { Random } from '@tributary/sdk/sandbox'
import { currencyAt, inventAmount, inventMetadata, timeline, vary } from './odd.ts'
import type { Charge, Customer } from './wire.ts'

/** `gone`: ids of deleted customers, which old charges still name. */
export function seedCharges(random: Random, count: number, pool: { customers: Customer[]; gone: string[] }): Charge[] {
  return timeline(random, count).map((created, i) => {
    const deleted = i % 50 === 5 && pool.gone.length > 0
    const guest = i % 15 === 3 || pool.customers.length === 0
    const customer = deleted || guest ? undefined : random.pick(pool.customers)
    const charge = inventCharge(random, created, { customer, currency: currencyAt(i) })
    const change = KINDS[i % 40]?.(charge)
    return vary(charge, deleted ? { ...change, customer: random.pick(pool.gone) } : change)
  })
}

/** Succeeded and captured; without a customer it is a guest's. */
export function inventCharge(
  random: Random,
  created: number,
  { customer, currency }: { customer?: Customer; currency: string },
): Charge {
  const amount = inventAmount(random, currency)
  const id = `ch_3${random.text(23)}`
  return {
    id,
    object: 'charge',
    amount,
    amount_captured: amount,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: `txn_3${random.text(23)}`,
    billing_details: {
      address: customer?.address ?? NOWHERE,
      email: customer?.email ?? null,
      name: customer?.name ?? null,
      phone: null,
      tax_id: null,
    },
    calculated_statement_descriptor: 'TRIBUTARY DEMO',
    captured: true,
    created,
    currency,
    customer: customer?.id ?? null,
    description: null,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    fraud_details: {},
    livemode: false,
    metadata: inventMetadata(random),
    on_behalf_of: null,
    outcome: OUTCOME,
    paid: true,
    payment_intent: `pi_3${random.text(23)}`,
    payment_method: `pm_1${random.text(23)}`,
    payment_method_details: { card: inventCard(random, amount), type: 'card' },
    radar_options: {},
    receipt_email: customer?.email ?? null,
    receipt_number: null,
    receipt_url: `https://receipt.example.com/${id}`,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: 'succeeded',
    transfer_data: null,
    transfer_group: null,
  }
}

const NOWHERE = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null }

const OUTCOME = {
  advice_code: null,
  network_advice_code: null,
  network_decline_code: null,
  network_status: 'approved_by_network',
  reason: null,
  risk_level: 'normal',
  risk_score: 17,
  seller_message: 'Payment complete.',
  type: 'authorized',
}

const CHECKS = { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' }
const UNTOKENED = { used: false }

const inventCard = (random: Random, amount_authorized: number) => ({
  amount_authorized,
  authorization_code: null,
  brand: random.pick(['visa', 'mastercard', 'amex']),
  checks: CHECKS,
  country: 'US',
  electronic_commerce_indicator: null,
  exp_month: random.int(1, 12),
  exp_year: random.int(2027, 2032),
  fingerprint: random.text(16),
  funding: 'credit',
  installments: null,
  last4: String(random.int(1000, 9999)),
  mandate: null,
  network: 'visa',
  network_token: UNTOKENED,
  network_transaction_id: random.text(15),
  regulated_status: 'unregulated',
  three_d_secure: null,
  transaction_link_id: null,
  wallet: null,
})

const DECLINED = {
  ...OUTCOME,
  ...{ network_decline_code: '51', network_status: 'declined_by_network', reason: 'insufficient_funds' },
  ...{ seller_message: 'The bank returned the decline code `insufficient_funds`.', type: 'issuer_declined' },
}

const KINDS: (((charge: Charge) => Partial<Charge>) | undefined)[] = [
  undefined,
  undefined,
  () => ({
    ...{ status: 'failed', paid: false, captured: false, amount_captured: 0, balance_transaction: null },
    ...{ failure_code: 'card_declined', failure_message: 'Your card has insufficient funds.', outcome: DECLINED },
  }),
  () => ({ captured: false, amount_captured: 0, balance_transaction: null }),
  () => ({ status: 'pending', paid: false, balance_transaction: null }),
  () => ({ disputed: true, description: 'Büromöbel, 2 × Regal "Höhe"' }),
]
