import { inventAddress, inventPerson } from '@tributary/sdk/sandbox'
import type { Random } from '@tributary/sdk/sandbox'
import { inventMetadata, NONE, POLLUTING, timeline, UNSTORABLE, vary } from './odd.ts'
import type { Customer, Stored } from './wire.ts'

export const seedCustomers = (random: Random, count: number): Customer[] =>
  timeline(random, count).map((created, i) => vary(inventCustomer(random, created, i), awkward(random, i)))

/** A customer with nothing missing; `n` keeps the e-mail unique. */
export function inventCustomer(random: Random, created: number, n: number): Customer {
  const person = inventPerson(random, n)
  return {
    id: `cus_${random.text(14)}`,
    object: 'customer',
    address: person.address,
    balance: 0,
    created,
    currency: 'usd',
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: person.company,
    discount: null,
    email: person.email,
    invoice_prefix: random.text(8).toUpperCase(),
    invoice_settings: INVOICE_SETTINGS,
    livemode: false,
    metadata: inventMetadata(random),
    name: person.name,
    next_invoice_sequence: 1,
    phone: person.phone,
    preferred_locales: NONE,
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  }
}

const INVOICE_SETTINGS = { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null }

const NOWHERE = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null }

/** What real accounts hold besides. The first few of every forty, so that a small account has them too. */
function awkward(random: Random, i: number): Partial<Customer> | undefined {
  if (i % 40 === 4) return { shipping: { address: inventAddress(random), name: 'Goods In, Dock 4', phone: null } }
  return KINDS[i % 40]
}

const KINDS: (Partial<Customer> | undefined)[] = [
  { email: null, name: null, phone: null, address: null, description: null, currency: null },
  { email: null },
  { metadata: UNSTORABLE },
  { name: null, address: { ...NOWHERE, country: 'DE' } },
  undefined,
  { email: '', name: '  ', address: NOWHERE },
  { email: 'two@example.com, addresses@example.com', delinquent: true, balance: -1250 },
  { name: 'x'.repeat(256), tax_exempt: 'reverse', currency: 'jpy' },
  { metadata: POLLUTING },
]

/** As many of them as no mapper can make sense of, spread evenly. */
export function breakSome(customers: Customer[], count: number): Stored[] {
  const step = customers.length / count
  const chosen = Array.from({ length: count }, (_, i) => customers[Math.floor(i * step)])
  return chosen.flatMap((customer) => (customer ? [{ ...customer, created: 'not a time', address: 5 }] : []))
}
