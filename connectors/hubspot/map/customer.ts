import type { Unified } from '@tributary/sdk'
import { z } from 'zod'
import { addressProperties, common, links, objectOf, text, toAddress } from './fields.ts'

const read = { email: text, firstname: text, lastname: text, phone: text, company: text, ...addressProperties }

/** https://developers.hubspot.com/docs/api-reference/latest/crm/objects/contacts/guide */
export const shape = objectOf(read).extend({ associations: z.object({ companies: links }).optional() })

export function toRecord(contact: z.output<typeof shape>): Unified {
  const { email, firstname, lastname, phone, company } = contact.properties
  const { custom_fields, ...rest } = common(contact, read)
  const company_ids = contact.associations?.companies
  return {
    model: 'customer',
    ...rest,
    custom_fields: company_ids ? { ...custom_fields, company_ids } : custom_fields,
    email,
    name: [firstname, lastname].filter(Boolean).join(' ') || null,
    phone,
    company,
    billing_address: toAddress(contact.properties),
  }
}
