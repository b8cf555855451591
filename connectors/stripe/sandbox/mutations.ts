import type { Mutations, Random } from '@tributary/sdk/sandbox'
import { inventPrice, inventProduct } from './catalogue.ts'
import { inventCharge } from './charges.ts'
import { inventCustomer } from './customers.ts'
import { createdTypes, deletedType, recordEvent, updatedTypes } from './events.ts'
import { inventLines } from './invoice-lines.ts'
import { inventInvoice, monthFrom } from './invoices.ts'
import { inventRefund } from './refunds.ts'
import { RESOURCES } from './seed.ts'
import type { ResourceName } from './seed.ts'
import { canceledAt, inventSubscription } from './subscriptions.ts'
import { fieldOf } from './wire.ts'
import type { Charge, Customer, Price, Stored } from './wire.ts'
import type { World } from './world.ts'

export interface StripeMutations extends Mutations {
  create(resource: string, fields?: object): Stored
  update(resource: string, id: string, fields: object): Stored
  remove(resource: string, id: string): void
}

/**
 * Changes by the sandbox's clock, each with its events in `/v1/events`. Objects do not settle each other (a new refund leaves its
 * charge as it was), but for one thing that the manual promises: a deleted customer's subscriptions are cancelled.
 */
export function createMutations(world: World): StripeMutations {
  return {
    create: (resource, fields = {}) => create(world, resourceNamed(resource), structuredClone(fields)),
    update: (resource, id, fields) => update(world, resourceNamed(resource), { id, fields: structuredClone(fields) }),
    remove: (resource, id) => remove(world, resourceNamed(resource), id),
  }
}

/** Throws for a name that is not one of ours. */
export function resourceNamed(name: string): ResourceName {
  const found = RESOURCES.find((resource) => resource === name)
  if (!found) throw new Error(`stripe sandbox: there is no resource "${name}"; there are ${RESOURCES.join(', ')}`)
  return found
}

function create(world: World, name: ResourceName, fields: object): Stored {
  const value = { ...INVENT[name](world, world.random, world.clock.seconds()), ...fields }
  const created = Number(fieldOf(value, 'created'))
  world.objects[name].insert(value, Number.isFinite(created) ? created : world.clock.seconds())
  for (const type of createdTypes(name, value)) recordEvent(world, type, value)
  return value
}

function update(world: World, name: ResourceName, { id, fields }: { id: string; fields: object }): Stored {
  const old = world.objects[name].known(id).value
  const previous = Object.fromEntries(
    Object.keys(fields).flatMap((key) => (isSame(old, fields, key) ? [] : [[key, fieldOf(old, key)]])),
  )
  if (Object.keys(previous).length === 0) return old
  const value = { ...old, ...fields, ...(name === 'product' && { updated: world.clock.seconds() }) }
  world.objects[name].replace(value)
  for (const type of updatedTypes(name, value, previous)) recordEvent(world, type, value, previous)
  return value
}

const isSame = (old: object, fields: object, key: string) =>
  JSON.stringify(fieldOf(old, key)) === JSON.stringify(fieldOf(fields, key))

function remove(world: World, name: ResourceName, id: string) {
  if (name === 'charge' || name === 'refund')
    throw new Error(`stripe sandbox: Stripe never deletes a ${name}; update it instead`)
  if (name === 'subscription') return cancel(world, id)
  if (name === 'customer') for (const subscription of runningOf(world, id)) cancel(world, subscription.id)
  const { value } = world.objects[name].known(id)
  world.objects[name].remove(id)
  world.gone[name].add(id)
  recordEvent(world, deletedType(name), value)
}

/** A subscription ends and stays: Stripe calls that deleted. */
function cancel(world: World, id: string) {
  const value = { ...world.objects.subscription.known(id).value, ...canceledAt(world.clock.seconds()) }
  world.objects.subscription.replace(value)
  recordEvent(world, deletedType('subscription'), value)
}

const runningOf = ({ objects }: World, customer: string) =>
  objects.subscription.all().filter((one) => fieldOf(one, 'customer') === customer && fieldOf(one, 'ended_at') === null)

const INVENT: Record<ResourceName, (world: World, random: Random, created: number) => Stored> = {
  customer: (_world, random, created) => inventCustomer(random, created, created),
  product: (_world, random, created) => inventProduct(random, created),
  price: (world, random, created) =>
    inventPrice(random, created, { product: newest(world, 'product').id, currency: 'usd' }),
  subscription: (world, random, created) =>
    inventSubscription(random, created, {
      customer: newest(world, 'customer').id,
      prices: [newest<Price>(world, 'price')],
    }),
  invoice(world, random, created) {
    const customer = newest<Customer>(world, 'customer')
    const lines = inventLines(random, { count: 2, currency: 'usd', period: monthFrom(created), prices: [] })
    return inventInvoice(random, created, { customer, currency: 'usd', lines, account: world.accountId })
  },
  charge: (world, random, created) =>
    inventCharge(random, created, { customer: newest<Customer>(world, 'customer'), currency: 'usd' }),
  refund(world, random, created) {
    const charge = newest<Charge>(world, 'charge')
    return inventRefund(random, created, { charge, amount: charge.amount, status: 'succeeded' })
  },
}

function newest<T extends Stored>(world: World, name: ResourceName): T {
  const [entry] = world.objects[name].page({ limit: 1, range: { from: -Infinity, to: Infinity } }).entries
  if (!entry) throw new Error(`stripe sandbox: there is no ${name} to belong to; create one first`)
  return entry.value as T // each collection holds one type of objects, which only its seed knows
}
