import type { Account, Unified } from '@tributary/sdk'
import type { z } from 'zod'
import { addressProperties, common, decimal, objectOf, text, toAddress } from './fields.ts'

const read = {
  name: text,
  domain: text,
  industry: text,
  phone: text,
  numberofemployees: decimal,
  annualrevenue: decimal,
  hubspot_owner_id: text,
  ...addressProperties,
}

/** https://developers.hubspot.com/docs/api-reference/latest/crm/objects/companies/guide */
export const shape = objectOf(read)

export function toRecord(company: z.output<typeof shape>, account: Account): Unified {
  const { name, domain, industry, phone, numberofemployees, annualrevenue, hubspot_owner_id } = company.properties
  const employees = toCount(numberofemployees)
  const { numberofemployees: _, ...held } = read
  return {
    model: 'company',
    ...common(company, employees === null ? held : read),
    name,
    domain,
    industry,
    phone,
    employees,
    annual_revenue: annualrevenue,
    // HubSpot holds it in the account's own currency.
    currency: annualrevenue == null ? null : account.currency,
    address: toAddress(company.properties),
    owner_id: hubspot_owner_id,
  }
}

const MOST = 2 ** 31 - 1

/** Anybody may write 12.5 employees, or far too many: such a number stays a custom field. */
function toCount(value: string | null | undefined): number | null {
  const count = Number(value ?? Number.NaN)
  return Number.isInteger(count) && Math.abs(count) <= MOST ? count : null
}
