import type { Clock, SandboxPlan } from '@tributary/sdk/sandbox'
import { createRandom } from '@tributary/sdk/sandbox'
import { createCollection } from './collection.ts'
import type { Collection, Entry } from './collection.ts'
import { DAY } from './odd.ts'
import { COUNTS, RESOURCES, seedAccount } from './seed.ts'
import type { ResourceName } from './seed.ts'
import { fieldOf, listOf } from './wire.ts'
import type { ListOf, Stored, Stub } from './wire.ts'

/** All that the fake holds. Objects are whole here; what the API shows of them is `shown`. */
export type World = {
  accountId: string
  clock: Clock
  objects: Record<ResourceName | 'event', Collection>
  /** Deleted ids, by resource. */
  gone: Record<ResourceName, Set<string>>
  /** Ids for what is made later. */
  random: ReturnType<typeof createRandom>
}

export function createWorld({ seed, counts, clock }: SandboxPlan): World {
  const { account, live, broken, gone } = seedAccount(seed, { ...COUNTS, ...counts })
  const customers = () => placed(live.customer(), new Map(broken().map((value) => [value.id, value])))
  const seeds = byResource((name) => (name === 'customer' ? customers : () => placed(live[name]())))
  return {
    accountId: account,
    clock,
    objects: { event: createCollection(), ...byResource((name) => createCollection(seeds[name])) },
    gone: byResource((name) => new Set(name === 'customer' || name === 'product' ? gone[name] : [])),
    random: createRandom(seed, 'stripe later'),
  }
}

const byResource = <T>(make: (name: ResourceName) => T) =>
  Object.fromEntries(RESOURCES.map((name) => [name, make(name)])) as Record<ResourceName, T>

/** `instead` take their places: what is broken cannot say where it belongs. */
const placed = (values: Stored[], instead?: Map<string, Stored>): Entry[] =>
  values.map((value) => ({ value: instead?.get(value.id) ?? value, created: Number(fieldOf(value, 'created')) }))

/** Stripe's manual, "List all events": they can be read for 30 days. */
export const eventsSince = ({ clock }: World) => clock.seconds() - 30 * DAY

/** What reading one by its id gives: of a deleted customer or product a stub, of anything else deleted nothing. */
export function findObject({ objects, gone }: World, name: ResourceName, id: string): Stored | Stub | undefined {
  const entry = objects[name].get(id)
  if (entry) return shown(entry.value)
  const leavesStub = name === 'customer' || name === 'product'
  return leavesStub && gone[name].has(id) ? { id, object: name, deleted: true } : undefined
}

/** Lists within objects show their first ten; the rest is read from the list's own `url`. */
const EMBEDDED = 10

export function shown(value: Stored): Stored {
  const field = { invoice: 'lines', subscription: 'items' }[value.object]
  const list = field && (fieldOf(value, field) as ListOf<Stored>)
  return field && list && list.data.length > EMBEDDED ? { ...value, [field]: cutList(list.data, list.url) } : value
}

export const cutList = (data: Stored[], url: string) => listOf(data.slice(0, EMBEDDED), url, data.length > EMBEDDED)

/** Serialised once: to be fast is this fake's duty, for it must never be what a benchmark measures. */
export const bytesOf = (entry: Entry) => (entry.wire ??= Buffer.from(JSON.stringify(shown(entry.value))))
