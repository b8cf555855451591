import type { Random } from '@tributary/sdk/sandbox'
import { inventCustom, OWNERS, toIso, toStored } from './odd.ts'
import type { Seed } from './odd.ts'
import type { Properties, Stored } from './wire.ts'

const DAY_MS = 86_400_000

export function inventDeal(random: Random, seed: Seed, n: number): Stored {
  const stage = random.pick(STAGES)
  return toStored(seed, {
    dealname: `${random.pick(['New', 'Renewal', '更新', 'Größere'])} ${random.pick(['licence', 'Beratung', 'kit'])} ${n}`,
    amount: `${random.int(1, 90_000)}.${random.int(10, 99)}`,
    deal_currency_code: random.pick(['USD', 'EUR', 'JPY', 'KWD']),
    pipeline: 'default',
    ...stage,
    closedate: toIso(seed.created + random.int(1, 90) * DAY_MS),
    hubspot_owner_id: random.pick(OWNERS),
    ...inventCustom(random, seed.custom),
    ...(n % 20 < KINDS.length ? KINDS[n % 20] : {}),
  })
}

const stage = (dealstage: string, closed: boolean, probability: string): Properties => ({
  dealstage,
  hs_is_closed: String(closed),
  hs_is_closed_won: String(closed && probability === '1'),
  hs_deal_stage_probability: probability,
})
/** A probability is printed as the double that it is. */
const STAGES = [
  stage('appointmentscheduled', false, '0.200000000000000011102230246251565404236316680908203125'),
  stage('contractsent', false, '0.90000000000000002220446049250313080847263336181640625'),
  stage('closedwon', true, '1'),
  stage('closedlost', true, '0'),
]

const KINDS: Properties[] = [
  { amount: '', closedate: '' },
  { deal_currency_code: '' },
  { amount: '123456789012345678.901' },
  { amount: '0', dealname: '' },
  { amount: '-250', closed_lost_reason: 'Too dear; "maybe" next year' },
]
