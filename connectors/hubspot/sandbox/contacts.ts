import { inventPerson } from '@tributary/sdk/sandbox'
import type { Random } from '@tributary/sdk/sandbox'
import { inventCustom, OWNERS, toStored, UNSTORABLE } from './odd.ts'
import type { Seed } from './odd.ts'
import type { Properties, Stored } from './wire.ts'

/** `n` keeps the e-mail unique. */
export function inventContact(random: Random, seed: Seed, n: number): Stored {
  const { name, email, phone, company, address } = inventPerson(random, n)
  const [firstname = '', ...rest] = name.split(' ')
  return toStored(seed, {
    email,
    firstname,
    lastname: rest.join(' '),
    phone,
    company,
    address: address.line1,
    city: address.city,
    ...(address.state && { state: address.state }),
    zip: address.postal_code,
    country: address.country,
    lifecyclestage: random.pick(['lead', 'customer', 'opportunity']),
    hubspot_owner_id: random.pick(OWNERS),
    ...inventCustom(random, seed.custom),
    ...awkward(n),
  })
}

function awkward(n: number): Properties {
  return n % 40 < KINDS.length ? KINDS[n % 40]! : {}
}

/** '' is what was cleared. */
const KINDS: Properties[] = [
  { jobtitle: 'Büroleitung "Nord"', mobilephone: '+15550100099' },
  { email: '', firstname: '', lastname: '', phone: '' },
  { firstname: '' },
  { address: '', city: '', state: '', zip: '', country: '' },
  { description: UNSTORABLE },
  { hs_additional_emails: 'second@example.com;third@example.com', hs_email_optout: 'true' },
  { company: '', hubspot_owner_id: '' },
]
