import { address } from './address.ts'
import { decimal, defineModel, integer, json, text } from './model.ts'

export const company = defineModel({
  name: 'company',
  table: 'companies',
  version: '1.0.0',
  fields: {
    name: text({ filter: true }),
    domain: text({ filter: true }),
    industry: text(),
    phone: text(),
    employees: integer(),
    annual_revenue: decimal(),
    currency: text(),
    address: json(address),
    owner_id: text({ filter: true }),
  },
})
