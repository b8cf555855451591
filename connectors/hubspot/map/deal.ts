import type { Account, Unified } from '@tributary/sdk'
import { z } from 'zod'
import { common, decimal, flag, links, objectOf, text, time } from './fields.ts'

const read = {
  dealname: text,
  amount: decimal,
  deal_currency_code: text,
  pipeline: text,
  dealstage: text,
  hs_is_closed: flag,
  hs_is_closed_won: flag,
  closedate: time,
  hubspot_owner_id: text,
}

/** https://developers.hubspot.com/docs/api-reference/latest/crm/objects/deals/guide */
export const shape = objectOf(read).extend({ associations: z.object({ companies: links, contacts: links }).optional() })

type Deal = z.output<typeof shape>

export function toRecord(deal: Deal, account: Account): Unified {
  const { dealname, amount, deal_currency_code, pipeline, dealstage, closedate, hubspot_owner_id } = deal.properties
  const status = statusOf(deal)
  const isOver = status === 'won' || status === 'lost'
  return {
    model: 'deal',
    ...common(deal, read),
    name: dealname,
    amount,
    // An account with one currency gives its deals none.
    currency: deal_currency_code ?? account.currency,
    pipeline,
    stage: dealstage,
    status,
    // One property is both: when it is expected to close, and once it is closed, when it was. The day is that in UTC.
    expected_close_date: isOver ? null : closedate && new Date(closedate).toISOString().slice(0, 10),
    closed_at: isOver ? closedate : null,
    owner_id: hubspot_owner_id,
    company_ids: deal.associations?.companies,
    customer_ids: deal.associations?.contacts,
  }
}

/** HubSpot works both out from the stage of the deal, whatever the account calls its stages. */
function statusOf({ properties: { hs_is_closed, hs_is_closed_won } }: Deal) {
  if (hs_is_closed_won === 'true') return 'won'
  if (hs_is_closed === 'true') return 'lost'
  return hs_is_closed === 'false' ? 'open' : null
}
