import { createRandom } from '@tributary/sdk/sandbox'
import type { Random } from '@tributary/sdk/sandbox'
import { inventCompany } from './companies.ts'
import { inventContact } from './contacts.ts'
import { inventDeal } from './deals.ts'
import { createLinks } from './links.ts'
import type { Links } from './links.ts'
import { idAt, timeline, toIso } from './odd.ts'
import type { Seed } from './odd.ts'
import { TYPE_NAMES, TYPES } from './wire.ts'
import type { Stored, TypeName } from './wire.ts'

/** `properties`: of the account's own, for each type. */
export const COUNTS = { contacts: 600, companies: 150, deals: 400, properties: 40 }
export type Counts = typeof COUNTS

export const INVENT: Record<TypeName, (random: Random, seed: Seed, n: number) => Stored> = {
  contact: inventContact,
  company: inventCompany,
  deal: inventDeal,
}

const FIRST_ID: Record<TypeName, number> = { contact: 951, company: 8_900_000_451, deal: 9_951 }

export type Seeded = {
  objects: Record<TypeName, Stored[]>
  merged: Record<TypeName, Map<string, string>>
  links: Links
}

/** What an account holds in the beginning: the same for the same seed and counts. Each type has a stream of chance of its own. */
export function seedAccount(seed: number, counts: Counts): Seeded {
  const objects = byType((name) => seedType(createRandom(seed, `hubspot ${name}`), name, counts))
  const merged = byType((name) => new Map(mergedIds(objects[name])))
  return { objects, merged, links: seedLinks(createRandom(seed, 'hubspot links'), objects) }
}

export const byType = <T>(make: (name: TypeName) => T) =>
  Object.fromEntries(TYPE_NAMES.map((name) => [name, make(name)])) as Record<TypeName, T>

function seedType(random: Random, name: TypeName, counts: Counts): Stored[] {
  const times = timeline(random, counts[TYPES[name].path])
  return times
    .map((at, n) => INVENT[name](random, { name, id: idAt(FIRST_ID[name], n), ...at, custom: counts.properties }, n))
    .map((value, n) => toMerged(name, toArchived(value, n), n))
}

/** One in twenty. Archiving leaves the time of the last change as it was. */
function toArchived(value: Stored, index: number): Stored {
  if (index % 20 !== 9) return value
  return { ...value, archived: true, archivedAt: toIso(Date.parse(value.updatedAt) + 3_600_000) }
}

/** As contacts were merged before 2025: the object kept the id of one of both, and names the other, which is in no list. */
function toMerged(name: TypeName, value: Stored, index: number): Stored {
  if (name !== 'contact' || index % 30 !== 4) return value
  const hs_calculated_merged_vids = `${Number(value.id) + 7}:${Date.parse(value.createdAt)}`
  return { ...value, properties: { ...value.properties, hs_calculated_merged_vids } }
}

const mergedIds = (objects: Stored[]) =>
  objects.flatMap(({ id, properties: { hs_calculated_merged_vids: vids } }) =>
    vids ? [[vids.split(':', 1)[0]!, id] as const] : [],
  )

/** More than a page of HubSpot's associations. */
const CROWD = 520

function seedLinks(random: Random, objects: Seeded['objects']): Links {
  const links = createLinks()
  const live = byType((name) => objects[name].filter(({ archived }) => !archived))
  const end = (resource: TypeName, { id }: Stored) => ({ resource, id })
  const some = (name: TypeName, most: number) =>
    live[name].length > 0 ? Array.from({ length: random.int(0, most) }, () => random.pick(live[name])) : []
  for (const contact of live.contact)
    for (const [n, company] of some('company', 2).entries())
      links.add(end('contact', contact), end('company', company), { primary: n === 0 })
  for (const deal of live.deal) {
    for (const company of some('company', 1)) links.add(end('deal', deal), end('company', company), { primary: true })
    for (const contact of some('contact', 4)) links.add(end('deal', deal), end('contact', contact))
  }
  const [first] = live.deal
  if (first && live.contact.length >= CROWD)
    for (const contact of live.contact.slice(0, CROWD)) links.add(end('deal', first), end('contact', contact))
  return links
}
