import type { ResourceName } from './seed.ts'
import { API_VERSION, fieldOf } from './wire.ts'
import type { Stored } from './wire.ts'
import { shown } from './world.ts'
import type { World } from './world.ts'

/** Tells a change as `/v1/events` does: with the object as it is at that moment, and what it was before where that differs. */
export function recordEvent(world: World, type: string, value: Stored, previous?: object) {
  const created = world.clock.seconds()
  const event = {
    id: eventId(world),
    object: 'event',
    api_version: API_VERSION,
    created,
    data: { object: shown(value), ...(previous && { previous_attributes: previous }) },
    livemode: false,
    pending_webhooks: 0,
    request: { id: null, idempotency_key: null },
    type,
  }
  world.objects.event.insert(event, created)
}

/** Ids go up, so that events of one second are listed newest first as well. */
const eventId = ({ objects, random }: World) =>
  `evt_1${String(objects.event.all().length).padStart(8, '0')}${random.text(15)}`

const PREFIX: Partial<Record<ResourceName, string>> = { subscription: 'customer.subscription' }
const typeOf = (name: ResourceName, what: string) => `${PREFIX[name] ?? name}.${what}`

export const deletedType = (name: ResourceName) => typeOf(name, 'deleted')

/** A charge is not told as created, but by how it went. */
export const createdTypes = (name: ResourceName, value: Stored) => [
  typeOf(name, name === 'charge' ? String(fieldOf(value, 'status')) : 'created'),
]

const BY_STATUS: Partial<Record<ResourceName, Record<string, string>>> = {
  invoice: { open: 'finalized', paid: 'paid', void: 'voided', uncollectible: 'marked_uncollectible' },
  refund: { failed: 'failed' },
}

/** One change can be told several times over, at the same second: a paid invoice is both updated and paid. */
export function updatedTypes(name: ResourceName, value: Stored, previous: object): string[] {
  const reached = 'status' in previous ? BY_STATUS[name]?.[String(fieldOf(value, 'status'))] : undefined
  const refunded = name === 'charge' && 'amount_refunded' in previous ? 'refunded' : undefined
  return [reached, refunded, 'updated'].flatMap((what) => (what ? [typeOf(name, what)] : []))
}
