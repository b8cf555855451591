/** Stripe's objects to unified records, pure: each file in map/ has what is read of an object beside what it becomes. */
import { ConnectorError, type Mapper, type Unified } from '@tributary/sdk'
import type { z } from 'zod'
import * as customer from './map/customer.ts'
import * as invoice from './map/invoice.ts'
import * as payment from './map/payment.ts'
import * as product from './map/product.ts'
import * as subscription from './map/subscription.ts'

/** By resource. `price` has none: prices are entities, and what is sold at them names them. */
export const map: Record<string, Mapper> = {
  customer: mapper(customer.shape, customer.toRecord),
  product: mapper(product.shape, product.toRecord),
  subscription: mapper(subscription.shape, subscription.toRecord),
  invoice: mapper(invoice.shape, invoice.toRecord),
  charge: mapper(payment.chargeShape, payment.toChargeRecord),
  refund: mapper(payment.refundShape, payment.toRefundRecord),
}

/** Checks what is read of an object and hands it on typed. Throws `invalid_payload` that names the fields, never their values. */
function mapper<Shape extends z.ZodType>(shape: Shape, toRecord: (object: z.output<Shape>) => Unified): Mapper {
  return {
    toUnified(payload, _account, resource) {
      const { data, error } = shape.safeParse(payload)
      if (error) throw new ConnectorError('invalid_payload', describe(error, resource.name))
      return [toRecord(data as z.output<Shape>)]
    },
  }
}

function describe({ issues }: z.ZodError, resource: string): string {
  const problems = issues.map(({ message, path }) => `${path.join('.') || 'the whole'}: ${message}`)
  return `stripe: fields of this ${resource} are not what the API documents (${problems.join('; ')}); its raw form is kept`
}
