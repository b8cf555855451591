import { z } from 'zod'
import { decimal, defineModel, json, oneOf, text, timestamp } from './model.ts'

const item = z.strictObject({
  id: z.string().nullable().default(null),
  product_id: z.string().nullable().default(null),
  price_id: z.string().nullable().default(null),
  quantity: z.number().nullable().default(null),
  unit_price: z.string().nullable().default(null),
  interval: z.string().nullable().default(null),
  interval_count: z.number().nullable().default(null),
})

export const subscription = defineModel({
  name: 'subscription',
  table: 'subscriptions',
  version: '1.0.0',
  fields: {
    customer_id: text({ filter: true }),
    status: oneOf(['trialing', 'active', 'past_due', 'paused', 'incomplete', 'canceled'], { filter: true }),
    source_status: text(),
    currency: text(),
    /** What one period of all items costs, before discounts and tax; null where the source does not say. */
    amount: decimal(),
    items: json(z.array(item)),
    started_at: timestamp(),
    current_period_start: timestamp(),
    current_period_end: timestamp(),
    trial_end: timestamp(),
    cancel_at: timestamp(),
    canceled_at: timestamp(),
    ended_at: timestamp(),
  },
})
