import type { Account } from './wire.ts'
import type { World } from './world.ts'

/** The account that the key belongs to: `GET /v1/account`. */
export const accountOf = ({ accountId }: World): Account => ({
  id: accountId,
  object: 'account',
  business_profile: {
    ...{ annual_revenue: null, estimated_worker_count: null, mcc: '5734', minority_owned_business_designation: null },
    ...{ name: 'Tributary Demo', product_description: null, specified_commercial_transactions_act_url: null },
    ...{ support_address: null, support_email: null, support_phone: null, support_url: null, url: null },
  },
  business_type: 'company',
  capabilities: { card_payments: 'active', transfers: 'active' },
  charges_enabled: true,
  country: 'US',
  created: 1_672_531_200,
  default_currency: 'usd',
  details_submitted: true,
  email: 'owner@example.com',
  metadata: {},
  payouts_enabled: true,
  type: 'standard',
})
