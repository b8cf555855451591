import { createRandom } from '@tributary/sdk/sandbox'
import type { Random } from '@tributary/sdk/sandbox'
import { seedPrices, seedProducts } from './catalogue.ts'
import { seedCharges } from './charges.ts'
import { breakSome, seedCustomers } from './customers.ts'
import { seedInvoices } from './invoices.ts'
import { seedRefunds } from './refunds.ts'
import { seedSubscriptions } from './subscriptions.ts'
import type { Stored } from './wire.ts'

export const COUNTS = {
  customers: 5_000,
  products: 60,
  prices: 120,
  subscriptions: 800,
  invoices: 1_500,
  charges: 8_000,
  refunds: 400,
  /** How many of the customers no mapper can make sense of. */
  broken: 0,
}
export type Counts = typeof COUNTS

export const RESOURCES = ['customer', 'product', 'price', 'subscription', 'invoice', 'charge', 'refund'] as const
export type ResourceName = (typeof RESOURCES)[number]
/** Made when first asked for. `broken` take the place of the sound customers of the same ids; `gone` are ids that once were. */
export type Seeded = {
  account: string
  live: Record<ResourceName, () => Stored[]>
  broken: () => Stored[]
  gone: Record<'customer' | 'product', string[]>
}

/**
 * A whole account of invented people: the same for the same seed and counts. Each resource draws from a stream of its own, so that
 * asking for more charges leaves the customers as they were. Throws where one cannot be without another.
 */
export function seedAccount(seed: number, counts: Counts): Seeded {
  checkCounts(counts)
  const stream = (label: string) => createRandom(seed, `stripe ${label}`)
  const account = `acct_1${stream('account').text(15)}`
  const gone = goneIds(stream('gone'), counts)
  const customer = once(() => seedCustomers(stream('customers'), counts.customers))
  const product = once(() => seedProducts(stream('products'), counts.products))
  const price = once(() => seedPrices(stream('prices'), counts.prices, product()))
  const pool = () => ({ account, gone: gone.customer, customers: customer(), prices: price() })
  const subscription = once(() => seedSubscriptions(stream('subscriptions'), counts.subscriptions, pool()))
  const billing = () => ({ ...pool(), subscriptions: subscription() })
  const invoice = once(() => seedInvoices(stream('invoices'), counts.invoices, billing()))
  const payments = once(() => {
    const charges = seedCharges(stream('charges'), counts.charges, pool())
    return seedRefunds(stream('refunds'), counts.refunds, charges)
  })
  const paid = { charge: () => payments().charges, refund: () => payments().refunds }
  const live = { customer, product, price, subscription, invoice, ...paid }
  return { account, gone, broken: () => breakSome(customer(), counts.broken), live }
}

function checkCounts({ customers, products, prices, subscriptions, broken }: Counts) {
  if (prices && !products) throw new Error('stripe sandbox: "prices" need "products"; ask for at least one')
  if (subscriptions && !(customers && prices)) {
    throw new Error('stripe sandbox: "subscriptions" need "customers" and "prices"; ask for at least one of each')
  }
  if (broken > customers) throw new Error('stripe sandbox: "broken" must not be more than "customers"')
}

function once<T>(make: () => T) {
  let made: { value: T } | undefined
  return () => (made ??= { value: make() }).value
}

const goneIds = (random: Random, { customers, products }: Counts): Seeded['gone'] => ({
  customer: Array.from({ length: Math.ceil(customers / 100) }, () => `cus_${random.text(14)}`),
  product: products ? [`prod_${random.text(14)}`] : [],
})
