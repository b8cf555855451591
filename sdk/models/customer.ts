import { z } from 'zod'
import { address } from './address.ts'
import { defineModel, json, text } from './model.ts'

export const customer = defineModel({
  name: 'customer',
  table: 'customers',
  version: '1.0.0',
  fields: {
    email: text({ filter: true }),
    name: text(),
    phone: text(),
    company: text(),
    billing_address: json(address),
    shipping_address: json(address),
    tags: json(z.array(z.string())),
  },
})
