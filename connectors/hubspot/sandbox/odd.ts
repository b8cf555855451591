import type { Random } from '@tributary/sdk/sandbox'
import { customName } from './definitions.ts'
import type { Properties, Stored, TypeName } from './wire.ts'
import { TYPES } from './wire.ts'

/** The last moment of the seeded past, so that reading "until now" sees all of it. */
const SEEDED_UNTIL = Date.UTC(2026, 0, 1)
const SEEDED_FROM = Date.UTC(2023, 0, 1)

/** More than a page of search: an import gives all its objects one time, to the millisecond. */
const IMPORTED = 250

/** When `count` objects were made and last changed, oldest first, in milliseconds. In a big account some were changed at once. */
export function timeline(random: Random, count: number): { created: number; modified: number }[] {
  const step = (SEEDED_UNTIL - SEEDED_FROM) / (count + 1)
  const first = count >= IMPORTED * 2 ? Math.floor(count / 4) : count
  const imported = Math.floor(SEEDED_UNTIL - step)
  return Array.from({ length: count }, (_, i) => {
    const created = Math.floor(SEEDED_FROM + step * (i + random.next()))
    const isImported = i >= first && i < first + IMPORTED
    return { created, modified: isImported ? imported : random.int(created, SEEDED_UNTIL - 1) }
  })
}

/** Ids are numbers that grow in steps, and in length: in the order of texts they would be in another. */
export const idAt = (first: number, index: number) => String(first + index * 50)

export type Seed = { name: TypeName; id: string; created: number; modified: number; custom: number }

/** `properties` with what every object has. HubSpot gives some times in microseconds. */
export function toStored({ name, id, created, modified }: Seed, properties: Properties): Stored {
  const createdAt = Number(id) % 7 === 0 ? toMicros(created) : toIso(created)
  const updatedAt = toIso(modified)
  return {
    id,
    properties: { createdate: createdAt, hs_object_id: id, [TYPES[name].modified]: updatedAt, ...properties },
    createdAt,
    updatedAt,
    archived: false,
  }
}

export const toIso = (ms: number) => new Date(ms).toISOString()
const toMicros = (ms: number) => toIso(ms).replace('Z', '417Z')

/** A few of the account's own properties, with what people write; mostly they are not set. */
export function inventCustom(random: Random, custom: number): Properties {
  if (custom === 0 || random.chance(0.6)) return {}
  return { [customName(random.int(0, custom - 1))]: random.pick(VALUES) }
}

const VALUES = [
  'gold',
  '',
  'red;green;blue',
  '0042',
  '12345678901234567890',
  'ja, naïv 🙂',
  'one\ntwo\r\n\tthree',
  'C:\\new "quoted"',
  '{"a":[1,2]}',
]

/** Neither half can be stored as text in Postgres: a NUL, and half of an emoji. */
export const UNSTORABLE = 'before\u0000after \ud83d'

export const OWNERS = ['71001', '71002', '71003']
