import { decimal, defineModel, oneOf, text, timestamp } from './model.ts'

export const payment = defineModel({
  name: 'payment',
  table: 'payments',
  version: '1.0.0',
  fields: {
    /** A refund is a payment of its own that flows back; its amount is positive. */
    kind: oneOf(['charge', 'refund'], { filter: true }),
    customer_id: text({ filter: true }),
    invoice_id: text({ filter: true }),
    /** Of a refund: the `source_id` of the payment that it returns. */
    refunded_payment_id: text({ filter: true }),
    status: oneOf(['pending', 'succeeded', 'failed', 'canceled'], { filter: true }),
    source_status: text(),
    amount: decimal(),
    amount_refunded: decimal(),
    currency: text(),
    method: text(),
    description: text(),
    failure_code: text(),
    failure_message: text(),
    paid_at: timestamp(),
  },
})
