import type { Unified } from '@tributary/sdk'
import { z } from 'zod'
import { address, base, common, currencyCode, flag, text } from './fields.ts'

/** https://docs.stripe.com/api/customers/object */
export const shape = z.object({
  ...base,
  email: text,
  name: text,
  phone: text,
  business_name: text,
  address,
  shipping: z.object({ address }).nullish(),
  currency: text,
  delinquent: flag,
  description: text,
  preferred_locales: z.array(z.string()).nullish(),
  tax_exempt: text,
})

export function toRecord(customer: z.output<typeof shape>): Unified {
  const { currency, delinquent, description, preferred_locales, tax_exempt } = customer
  return {
    model: 'customer',
    ...common(customer, { currency: currencyCode(currency), delinquent, description, preferred_locales, tax_exempt }),
    email: customer.email,
    name: customer.name,
    phone: customer.phone,
    company: customer.business_name,
    billing_address: toAddress(customer.address),
    shipping_address: toAddress(customer.shipping?.address),
  }
}

function toAddress(given: z.output<typeof address>) {
  if (!given) return null
  const { city, country, line1, line2, postal_code, state } = given
  return { street: [line1, line2].filter(Boolean).join(', ') || null, city, state, postal_code, country }
}
