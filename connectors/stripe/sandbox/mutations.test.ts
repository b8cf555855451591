import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import stripeSandbox from '../sandbox.ts'
import type { StripeSandbox } from '../sandbox.ts'
import type { Charge, Customer, Invoice, ListOf, Stored, Subscription } from './wire.ts'

type Event = {
  id: string
  object: string
  created: number
  type: string
  data: { object: Stored; previous_attributes?: object }
}

const NOW = Date.UTC(2026, 5, 1)
const SECOND = NOW / 1000
const COUNTS = { customers: 30, products: 4, prices: 4, subscriptions: 20, invoices: 15, charges: 20, refunds: 2 }
let sandbox: StripeSandbox
beforeEach(async () => {
  sandbox = await stripeSandbox.start({ seed: 5, counts: COUNTS, now: NOW })
})
afterEach(() => sandbox.close())

const ask = (path: string) => fetch(sandbox.url + path, { headers: { authorization: 'Bearer sk_test_tributary_demo' } })
const read = async <T = Stored>(path: string) => (await (await ask(path)).json()) as T
const list = async <T = Stored>(path: string) => (await read<ListOf<T>>(path)).data
const events = (query = '') => list<Event>(`/v1/events?limit=100${query}`)
const types = async (query?: string) => (await events(query)).map(({ type }) => type)

describe('create', () => {
  it('adds an object of now at the head of its list, and tells of it', async () => {
    const made = sandbox.mutate.create('customer', { email: 'new@example.com', name: null })
    expect(made).toMatchObject({ object: 'customer', created: SECOND, email: 'new@example.com', name: null })
    expect(await list('/v1/customers?limit=1')).toEqual([made])
    expect(await read(`/v1/customers/${made.id}`)).toEqual(made)
    expect(sandbox.truth('customer')).toHaveLength(31)
    const [event] = await events()
    expect(event).toMatchObject({ object: 'event', type: 'customer.created', created: SECOND, data: { object: made } })
    expect(await read(`/v1/events/${event!.id}`)).toEqual(event)
  })

  it('makes a whole object of every resource, in its place by time', async () => {
    for (const resource of sandbox.resources) {
      const [like] = sandbox.truth(resource)
      const made = sandbox.mutate.create(resource)
      expect(Object.keys(made)).toEqual(Object.keys(like!))
      expect(sandbox.truth(resource)[0]).toEqual(made)
    }
    const old = sandbox.mutate.create('charge', { created: 1_710_000_000 })
    const times = (sandbox.truth('charge') as Charge[]).map(({ created }) => created)
    expect(times).toEqual(times.toSorted((a, b) => b - a))
    expect(await list('/v1/charges?created=1710000000')).toEqual([old])
  })

  it('refuses a resource that is none and an id that is taken', () => {
    const [customer] = sandbox.truth('customer') as Customer[]
    expect(() => sandbox.mutate.create('widget')).toThrow('there is no resource "widget"; there are customer, product')
    expect(() => sandbox.mutate.create('customer', { id: customer!.id })).toThrow('there is an object')
  })
})

describe('update', () => {
  it('replaces fields, keeps the place in the list, and tells what was before', async () => {
    const before = sandbox.truth('customer') as Customer[]
    const { id, email } = before[7]!
    sandbox.mutate.update('customer', id, { email: 'moved@example.com', object: 'customer' })
    const listed = await list('/v1/customers?limit=100')
    expect(listed).toEqual(before.map((one) => (one.id === id ? { ...one, email: 'moved@example.com' } : one)))
    const [event] = await events()
    expect(event?.data).toEqual({ object: listed[7], previous_attributes: { email } })
  })

  it('leaves earlier events with the object as it was then', async () => {
    const [customer] = sandbox.truth('customer') as Customer[]
    const fields = { metadata: { step: '1' } }
    sandbox.mutate.update('customer', customer!.id, fields)
    fields.metadata.step = 'changed by the caller'
    sandbox.mutate.update('customer', customer!.id, { metadata: { step: '2' } })
    expect((await events()).map((event) => (event.data.object as Customer).metadata)).toEqual([
      { step: '2' },
      { step: '1' },
    ])
  })

  it('tells nothing where nothing changed, and throws for what is not there', async () => {
    const [customer] = sandbox.truth('customer') as Customer[]
    expect(sandbox.mutate.update('customer', customer!.id, { email: customer!.email })).toBe(customer)
    expect(await events()).toEqual([])
    expect(() => sandbox.mutate.update('customer', 'cus_none', { email: null })).toThrow('there is no object cus_none')
  })

  it('tells a step of an invoice or a charge by its own name as well', async () => {
    const invoice = (sandbox.truth('invoice') as Invoice[]).find(({ status }) => status === 'open')!
    sandbox.mutate.update('invoice', invoice.id, { status: 'paid' })
    const [charge] = sandbox.truth('charge') as Charge[]
    sandbox.mutate.update('charge', charge!.id, { amount_refunded: charge!.amount - 1 })
    expect(await types()).toEqual(['charge.updated', 'charge.refunded', 'invoice.updated', 'invoice.paid'])
  })
})

describe('remove', () => {
  it('takes a customer from the list, leaves a stub, and cancels what it subscribed to', async () => {
    const running = (sandbox.truth('subscription') as Subscription[]).find(({ status }) => status === 'active')!
    const customer = (sandbox.truth('customer') as Customer[]).find(({ id }) => id === running.customer)!
    sandbox.clock.advance(5000)
    sandbox.mutate.remove('customer', customer.id)
    expect(await read(`/v1/customers/${customer.id}`)).toEqual({ id: customer.id, object: 'customer', deleted: true })
    expect((await ask(`/v1/customers?starting_after=${customer.id}`)).status).toBe(400)
    expect(sandbox.deleted('customer')).toContain(customer.id)
    expect(sandbox.truth('customer')).not.toContainEqual(customer)
    expect(await read(`/v1/subscriptions/${running.id}`)).toMatchObject({ status: 'canceled', ended_at: SECOND + 5 })
    const [told] = await events('&type=customer.deleted')
    expect(told?.data.object).toEqual(customer)
    expect(await types('&type=customer.subscription.*')).toContain('customer.subscription.deleted')
  })

  it('leaves nothing of a draft invoice, and keeps a cancelled subscription', async () => {
    const invoice = (sandbox.truth('invoice') as Invoice[]).find(({ status }) => status === 'draft')!
    sandbox.mutate.remove('invoice', invoice.id)
    expect((await ask(`/v1/invoices/${invoice.id}`)).status).toBe(404)
    expect(sandbox.deleted('invoice')).toEqual([invoice.id])
    const [subscription] = (sandbox.truth('subscription') as Subscription[]).filter(({ status }) => status === 'active')
    sandbox.mutate.remove('subscription', subscription!.id)
    expect(sandbox.truth('subscription')).toHaveLength(20)
    expect(await types()).toEqual(['customer.subscription.deleted', 'invoice.deleted'])
  })

  it('refuses what Stripe never deletes', () => {
    const [charge] = sandbox.truth('charge') as Charge[]
    expect(() => sandbox.mutate.remove('charge', charge!.id)).toThrow('Stripe never deletes a charge')
  })
})

describe('the list of events', () => {
  it('is paged newest first and filtered by types, also by the beginning of one', async () => {
    for (let i = 0; i < 12; i++) sandbox.mutate.create(i % 3 ? 'customer' : 'product')
    sandbox.clock.advance(1000)
    sandbox.mutate.create('price')
    const all = await events()
    expect(all.map(({ created }) => created)).toEqual([SECOND + 1, ...Array<number>(12).fill(SECOND)])
    expect(all.slice(1).map(({ id }) => id)).toEqual(
      all
        .slice(1)
        .map(({ id }) => id)
        .toSorted()
        .toReversed(),
    )
    const rest = await read<ListOf<Event>>(`/v1/events?limit=5&starting_after=${all[4]!.id}`)
    expect([rest.data, rest.has_more]).toEqual([all.slice(5, 10), true])
    expect(await types('&type=pr*')).toHaveLength(5)
    expect(await types('&types[]=price.created&types[]=product.created&created[lte]=' + SECOND)).toHaveLength(4)
  })

  it('forgets after 30 days', async () => {
    sandbox.mutate.create('customer')
    const [event] = await events()
    sandbox.clock.advance(30 * 86_400_000)
    expect(await events()).toHaveLength(1)
    sandbox.clock.advance(1000)
    expect(await events()).toEqual([])
    expect((await ask(`/v1/events/${event!.id}`)).status).toBe(404)
  })

  it('shows ten lines of a long invoice, as the invoice itself does', async () => {
    const long = (sandbox.truth('invoice') as Invoice[]).find(({ lines }) => lines.data.length === 40)!
    sandbox.mutate.update('invoice', long.id, { description: 'seen' })
    const [event] = await events()
    const { lines } = event!.data.object as Invoice
    expect([lines.data.length, lines.has_more]).toEqual([10, true])
  })
})
