import { z } from 'zod'
import { decimal, defineModel, json, oneOf, text, timestamp } from './model.ts'

const lineItem = z.strictObject({
  description: z.string().nullable().default(null),
  quantity: z.number().nullable().default(null),
  unit_price: z.string().nullable().default(null),
  total: z.string().nullable().default(null),
})

/** `status` is stored as the source knows it; `overdue` is computed when the row is read (see `presentInvoice`). */
export const invoice = defineModel({
  name: 'invoice',
  table: 'invoices',
  version: '1.0.0',
  fields: {
    customer_id: text({ filter: true }),
    invoice_number: text({ filter: true }),
    status: oneOf(['draft', 'pending', 'paid', 'void', 'overdue'], { filter: true }),
    source_status: text(),
    subtotal: decimal(),
    tax: decimal(),
    total: decimal(),
    currency: text(),
    issue_date: timestamp(),
    due_date: timestamp(),
    paid_date: timestamp(),
    line_items: json(z.array(lineItem)),
  },
})
