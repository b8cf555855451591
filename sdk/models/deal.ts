import { z } from 'zod'
import { date, decimal, defineModel, json, oneOf, text, timestamp } from './model.ts'

export const deal = defineModel({
  name: 'deal',
  table: 'deals',
  version: '1.0.0',
  fields: {
    name: text(),
    amount: decimal(),
    currency: text(),
    pipeline: text({ filter: true }),
    stage: text({ filter: true }),
    status: oneOf(['open', 'won', 'lost'], { filter: true }),
    expected_close_date: date(),
    closed_at: timestamp(),
    owner_id: text({ filter: true }),
    /** `source_id`s of the companies and customers that it is about. */
    company_ids: json(z.array(z.string())),
    customer_ids: json(z.array(z.string())),
  },
})
