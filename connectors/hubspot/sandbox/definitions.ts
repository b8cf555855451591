import type { Definition, TypeName } from './wire.ts'

/** Some of HubSpot's own properties, of hundreds; `*` number, `@` time, `?` true or false, `=` one of a list. */
const COMMON = ['createdate@', 'hs_object_id*', 'hs_merged_object_ids', 'hubspot_owner_id=', 'description', 'hs_notes@']
const ADDRESS = ['phone', 'address', 'city', 'state', 'zip', 'country']
const OWN: Record<TypeName, string[]> = {
  contact: [
    ...['email', 'firstname', 'lastname', 'mobilephone', 'company', 'jobtitle', 'lastmodifieddate@', 'lifecyclestage='],
    ...['hs_lead_status=', 'hs_email_optout?', 'hs_calculated_merged_vids', 'hs_additional_emails', 'date_of_birth'],
    ...['annualrevenue', 'num_associated_deals*', 'associatedcompanyid*'],
  ],
  company: [
    ...['name', 'domain', 'website', 'industry=', 'address2', 'numberofemployees*', 'annualrevenue*'],
    ...['hs_lastmodifieddate@', 'lifecyclestage=', 'is_public?', 'founded_year', 'num_associated_contacts*'],
  ],
  deal: [
    ...['dealname', 'amount*', 'deal_currency_code=', 'pipeline=', 'dealstage=', 'closedate@', 'hs_is_closed?'],
    ...['hs_is_closed_won?', 'hs_deal_stage_probability*', 'hs_lastmodifieddate@', 'dealtype=', 'closed_lost_reason'],
  ],
}
const KINDS: Record<string, Definition['type']> = { '*': 'number', '@': 'datetime', '?': 'bool', '=': 'enumeration' }

/** All properties that objects of a type have in this account, `custom` of them its own, with names as long as people make them. */
export function definitionsOf(name: TypeName, custom: number): Definition[] {
  const standard = [...COMMON, ...(name === 'deal' ? [] : ADDRESS), ...OWN[name]].map(define)
  return [...standard, ...Array.from({ length: custom }, (_, i) => define(customName(i)))]
}

/** HubSpot's manual, "Properties": names are of a-z, 0-9 and _, and begin with a letter; so this one can be. */
export const customName = (index: number) =>
  index === 0 ? 'constructor' : `customer_success_health_score_${String(index).padStart(4, '0')}`

function define(written: string): Definition {
  const type = KINDS[written.at(-1)!]
  const name = type ? written.slice(0, -1) : written
  return { name, label: name.replaceAll('_', ' '), type: type ?? 'string' }
}
