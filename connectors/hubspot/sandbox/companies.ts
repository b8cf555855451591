import { inventPerson } from '@tributary/sdk/sandbox'
import type { Random } from '@tributary/sdk/sandbox'
import { inventCustom, OWNERS, toStored } from './odd.ts'
import type { Seed } from './odd.ts'
import type { Properties, Stored } from './wire.ts'

export function inventCompany(random: Random, seed: Seed, n: number): Stored {
  const { company, phone, address } = inventPerson(random, n)
  return toStored(seed, {
    name: company,
    domain: `company-${n}.example.com`,
    industry: random.pick(['COMPUTER_SOFTWARE', 'RETAIL', 'MACHINERY']),
    phone,
    address: address.line1,
    ...(address.line2 && { address2: address.line2 }),
    city: address.city,
    ...(address.state && { state: address.state }),
    zip: address.postal_code,
    country: address.country,
    numberofemployees: String(random.int(1, 20_000)),
    annualrevenue: String(random.int(10, 900) * 1_000_000),
    hubspot_owner_id: random.pick(OWNERS),
    ...inventCustom(random, seed.custom),
    ...(n % 15 < KINDS.length ? KINDS[n % 15] : {}),
  })
}

const KINDS: Properties[] = [
  { annualrevenue: '12345678901234567890.55', is_public: 'true' },
  { name: '', domain: '', industry: '' },
  { numberofemployees: '12.5' },
  { numberofemployees: '9999999999', annualrevenue: '' },
  { annualrevenue: '-0.5', founded_year: '1888' },
]
