import type { Unified } from '@tributary/sdk'
import { z } from 'zod'
import { base, common, flag, reference, text, time } from './fields.ts'

/** https://docs.stripe.com/api/products/object */
export const shape = z.object({
  ...base,
  updated: time,
  name: text,
  description: text,
  active: flag,
  url: text,
  images: z.array(z.string()).nullish(),
  unit_label: text,
  default_price: reference,
  shippable: flag,
  statement_descriptor: text,
  tax_code: reference,
})

/** Stripe has no SKU: it stays null, also where somebody keeps one in the metadata. */
export function toRecord(product: z.output<typeof shape>): Unified {
  const { shippable, statement_descriptor, tax_code } = product
  return {
    model: 'product',
    ...common(product, { shippable, statement_descriptor, tax_code }),
    updated_at: product.updated,
    name: product.name,
    description: product.description,
    active: product.active,
    url: product.url,
    image_url: product.images?.[0],
    unit_label: product.unit_label,
    default_price_id: product.default_price,
  }
}
