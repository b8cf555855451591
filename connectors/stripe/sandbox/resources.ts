import type { ResourceName } from './seed.ts'
import { fieldOf } from './wire.ts'
import type { ListOf, Stored } from './wire.ts'
import { cutList, findObject } from './world.ts'
import type { World } from './world.ts'
import { invalidRequest } from './problem.ts'

export type Listable = ResourceName | 'event'
/** Makes of a parameter's values what an object must fulfil. Throws a StripeProblem for values that cannot be. */
export type Filter = (values: string[], param: string) => (value: Stored) => boolean
export type ResourceSpec = {
  /** Below /v1. */
  path: string
  /** How messages call one. */
  called: string
  filters: Record<string, Filter>
  /** What holds if a parameter is left out. */
  unlessGiven?: Record<string, (value: Stored) => boolean>
  /** Lists of its own, by the name in its path. */
  children?: Record<string, (world: World, value: Stored) => Stored[]>
  /** What can be asked for in place of its id. */
  expand: Record<string, (world: World, value: Stored) => unknown>
}

const equals =
  (...path: string[]): Filter =>
  ([wanted]) =>
  (value) =>
    path.reduce<unknown>((at, name) => (at ? fieldOf(at, name) : undefined), value) === wanted

const oneOf =
  (field: string): Filter =>
  (wanted) =>
  (value) =>
    wanted.includes(String(fieldOf(value, field)))

const isTrue =
  (field: string): Filter =>
  ([wanted], param) => {
    if (wanted !== 'true' && wanted !== 'false') throw invalidRequest(`Invalid boolean: ${wanted}`, undefined, param)
    return (value) => fieldOf(value, field) === (wanted === 'true')
  }

const itemsOf = (value: Stored) => (fieldOf(value, 'items') as ListOf<Stored>).data
const linesOf = (value: Stored) => (fieldOf(value, 'lines') as ListOf<Stored>).data
const refundsOf = ({ objects }: World, charge: Stored) =>
  objects.refund.all().filter((refund) => fieldOf(refund, 'charge') === charge.id)

const hasPrice: Filter =
  ([wanted]) =>
  (value) =>
    itemsOf(value).some((item) => fieldOf(fieldOf(item, 'price') as object, 'id') === wanted)

const ENDED = ['canceled', 'incomplete_expired']
const SUBSCRIPTION_STATES = [
  ...ENDED,
  'active',
  'incomplete',
  'past_due',
  'paused',
  'trialing',
  'unpaid',
  'all',
  'ended',
]

/** Stripe's manual, "List subscriptions": those that were cancelled only come if asked for. */
const subscriptionStatus: Filter = ([wanted = ''], param) => {
  if (!SUBSCRIPTION_STATES.includes(wanted))
    throw invalidRequest(`Invalid status: must be one of ${SUBSCRIPTION_STATES.join(', ')}`, undefined, param)
  const states = wanted === 'ended' ? ENDED : [wanted]
  return (value) => wanted === 'all' || states.includes(String(fieldOf(value, 'status')))
}

/** Stripe's manual, "List all events": a `*` stands for any end of a type. */
const eventType: Filter = (wanted) => (value) => {
  const type = String(fieldOf(value, 'type'))
  return wanted.some((one) => (one.endsWith('*') ? type.startsWith(one.slice(0, -1)) : type === one))
}

const reference =
  (name: ResourceName) =>
  (world: World, value: Stored, field: string = name) => {
    const id = fieldOf(value, field)
    return typeof id === 'string' ? (findObject(world, name, id) ?? id) : id
  }

export const SPECS: Record<Listable, ResourceSpec> = {
  customer: { path: 'customers', called: 'customer', filters: { email: equals('email') }, expand: {} },
  product: {
    path: 'products',
    called: 'product',
    filters: {
      active: isTrue('active'),
      'ids[]': oneOf('id'),
      shippable: isTrue('shippable'),
      type: equals('type'),
      url: equals('url'),
    },
    expand: {},
  },
  price: {
    path: 'prices',
    called: 'price',
    filters: {
      ...{ active: isTrue('active'), currency: equals('currency'), product: equals('product'), type: equals('type') },
      'lookup_keys[]': oneOf('lookup_key'),
    },
    expand: { product: reference('product') },
  },
  subscription: {
    path: 'subscriptions',
    called: 'subscription',
    filters: {
      ...{ customer: equals('customer'), status: subscriptionStatus, price: hasPrice },
      collection_method: equals('collection_method'),
    },
    unlessGiven: { status: (value) => fieldOf(value, 'status') !== 'canceled' },
    children: { items: (_world, value) => itemsOf(value) },
    expand: { customer: reference('customer') },
  },
  invoice: {
    path: 'invoices',
    called: 'invoice',
    filters: {
      ...{ customer: equals('customer'), status: equals('status'), collection_method: equals('collection_method') },
      subscription: equals('parent', 'subscription_details', 'subscription'),
    },
    children: { lines: (_world, value) => linesOf(value) },
    expand: { customer: reference('customer') },
  },
  charge: {
    path: 'charges',
    called: 'charge',
    filters: {
      customer: equals('customer'),
      payment_intent: equals('payment_intent'),
      transfer_group: equals('transfer_group'),
    },
    children: { refunds: refundsOf },
    expand: {
      customer: reference('customer'),
      refunds: (world, charge) => cutList(refundsOf(world, charge), `/v1/charges/${charge.id}/refunds`),
    },
  },
  refund: {
    path: 'refunds',
    called: 'refund',
    filters: { charge: equals('charge'), payment_intent: equals('payment_intent') },
    expand: { charge: reference('charge') },
  },
  event: { path: 'events', called: 'event', filters: { type: eventType, 'types[]': eventType }, expand: {} },
}

/** Lists that are not below their parent's path. */
export const listablesByPath = new Map(Object.entries(SPECS).map(([name, spec]) => [spec.path, name as Listable]))
