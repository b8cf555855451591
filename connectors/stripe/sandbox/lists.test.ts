import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import stripeSandbox from '../sandbox.ts'
import type { StripeSandbox } from '../sandbox.ts'
import type { Charge, Customer, Invoice, Price, Product, Subscription } from './wire.ts'

type Item = { id: string; created: number }
type Listed = { object: string; url: string; has_more: boolean; data: Item[] }

const COUNTS = { customers: 620, products: 12, prices: 30, subscriptions: 64, invoices: 130, charges: 240, refunds: 60 }
let sandbox: StripeSandbox
beforeAll(async () => {
  sandbox = await stripeSandbox.start({ seed: 11, counts: COUNTS })
})
afterAll(() => sandbox.close())

const ask = (path: string) => fetch(sandbox.url + path, { headers: { authorization: 'Bearer sk_test_tributary_demo' } })
const list = async (path: string, query: Record<string, string | number>) =>
  (await (await ask(`/v1/${path}?${new URLSearchParams(query as Record<string, string>).toString()}`)).json()) as Listed
const ids = (items: object[]) => (items as Item[]).map(({ id }) => id)

async function drain(path: string, query: Record<string, string | number>) {
  const items: Item[] = []
  for (let page: Listed | undefined; !page || page.has_more; items.push(...page.data)) {
    if (page && page.data.length === 0) throw new Error('an empty page that promises more')
    page = await list(path, { ...query, ...(items.length && { starting_after: items.at(-1)!.id }) })
  }
  return items
}

const PATHS = {
  customer: 'customers',
  product: 'products',
  price: 'prices',
  invoice: 'invoices',
  charge: 'charges',
  refund: 'refunds',
}
const resource = fc.constantFrom(...(Object.keys(PATHS) as (keyof typeof PATHS)[]))

describe('a list', () => {
  it('is complete and repeats nothing, under any limit, newest first', async () => {
    await fc.assert(
      fc.asyncProperty(resource, fc.integer({ min: 7, max: 100 }), async (name, limit) => {
        const items = await drain(PATHS[name], { limit })
        expect(ids(items)).toEqual(ids(sandbox.truth(name)))
        const times = items.map(({ created }) => created)
        expect(times).toEqual(times.toSorted((a, b) => b - a))
      }),
      { numRuns: 20 },
    )
  })

  it('gives ten objects and says where it is, if not told otherwise', async () => {
    const page = await list('customers', {})
    expect([page.object, page.url, page.has_more, page.data.length]).toEqual(['list', '/v1/customers', true, 10])
  })

  it('has a burst of more than a page in one second, read whole by pages of any size', async () => {
    const times = bySecond(sandbox.truth('customer') as Item[])
    const [created, burst] = [...times].toSorted((a, b) => b[1].length - a[1].length)[0]!
    expect(burst.length).toBeGreaterThan(100)
    expect(ids(await drain('customers', { created, limit: 33 }))).toEqual(ids(burst))
  })

  it('holds what the truth says, to the byte', async () => {
    const text = await (await ask('/v1/customers?limit=100')).text()
    const wanted = {
      object: 'list',
      data: sandbox.truth('customer').slice(0, 100),
      has_more: true,
      url: '/v1/customers',
    }
    expect(text).toBe(JSON.stringify(wanted))
  })
})

function bySecond(items: Item[]) {
  const seconds = new Map<number, Item[]>()
  for (const item of items) seconds.set(item.created, [...(seconds.get(item.created) ?? []), item])
  return seconds
}

describe('parameters in any mix', () => {
  const holds: Record<string, (created: number, bound: number) => boolean> = {
    'created[gt]': (created, bound) => created > bound,
    'created[gte]': (created, bound) => created >= bound,
    'created[lt]': (created, bound) => created < bound,
    'created[lte]': (created, bound) => created <= bound,
    created: (created, bound) => created === bound,
  }
  const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })
  const bounds = fc.dictionary(
    fc.constantFrom(...Object.keys(holds)),
    fc.tuple(place, fc.integer({ min: -1, max: 1 })),
    { maxKeys: 3 },
  )
  const cursor = fc.option(fc.tuple(fc.constantFrom('starting_after', 'ending_before'), place))

  it('answer as a search through the whole truth would', async () => {
    const query = fc.record({ limit: fc.integer({ min: 1, max: 100 }), bounds, cursor, of: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(query, async ({ limit, bounds, cursor, of }) => {
        const truth = sandbox.truth('charge') as Charge[]
        const at = (share: number) => truth[Math.floor(share * truth.length)]!
        const range = Object.entries(bounds).map(([name, [share, shift]]) => [name, at(share).created + shift] as const)
        const customer = of ? at(0.5).customer : undefined
        const matches = (item: Charge) =>
          range.every(([name, bound]) => holds[name]!(item.created, bound)) && (!customer || item.customer === customer)
        const mark = cursor && truth.indexOf(at(cursor[1]))
        const after = cursor?.[0] === 'starting_after' ? mark! + 1 : 0
        const before = cursor?.[0] === 'ending_before' ? mark! : truth.length
        const candidates = truth.slice(after, before).filter(matches)
        const wanted = cursor?.[0] === 'ending_before' ? candidates.slice(-limit) : candidates.slice(0, limit)

        const page = await list('charges', {
          ...{ limit, ...Object.fromEntries(range), ...(customer && { customer }) },
          ...(cursor && { [cursor[0]]: at(cursor[1]).id }),
        })
        expect(ids(page.data)).toEqual(ids(wanted))
        expect(page.has_more).toBe(candidates.length > wanted.length)
      }),
      { numRuns: 120 },
    )
  })

  const got = async (path: string, query: Record<string, string>) => ids(await drain(path, { limit: 100, ...query }))

  it('filter by what each resource can be filtered by', async () => {
    const products = sandbox.truth('product') as Product[]
    const prices = sandbox.truth('price') as Price[]
    const invoices = sandbox.truth('invoice') as Invoice[]
    const subscriptions = sandbox.truth('subscription') as Subscription[]
    const someone = (sandbox.truth('customer') as Customer[]).find(({ email }) => email)
    expect(await got('customers', { email: String(someone?.email) })).toEqual([someone?.id])
    expect(await got('products', { active: 'false' })).toEqual(ids(products.filter(({ active }) => !active)))
    const [first, second] = products
    expect(await got('products', { 'ids[0]': first!.id, 'ids[1]': second!.id })).toEqual([first!.id, second!.id])
    expect(await got('prices', { type: 'one_time' })).toEqual(ids(prices.filter(({ type }) => type === 'one_time')))
    const { product } = prices[0]!
    const isSold = (price: Price) => price.product === product && price.active
    expect(await got('prices', { product, active: 'true' })).toEqual(ids(prices.filter(isSold)))
    expect(await got('invoices', { status: 'draft' })).toEqual(ids(invoices.filter(({ status }) => status === 'draft')))
    const of = ({ parent }: Invoice): unknown => parent?.subscription_details?.subscription
    const subscription = invoices.map(of).find(Boolean) as string
    expect(await got('invoices', { subscription })).toEqual(ids(invoices.filter((one) => of(one) === subscription)))
    const price = subscriptions[0]!.items.data[0]!.price.id
    const hasPrice = (one: Subscription) => one.items.data.some((item) => item.price.id === price)
    expect(await got('subscriptions', { price, status: 'all' })).toEqual(ids(subscriptions.filter(hasPrice)))
  })

  it('leave cancelled subscriptions out unless they are asked for', async () => {
    const all = sandbox.truth('subscription') as Subscription[]
    const where = (...states: string[]) => ids(all.filter(({ status }) => states.includes(status)))
    expect(where('canceled').length).toBeGreaterThan(0)
    expect(await got('subscriptions', {})).toEqual(ids(all).filter((id) => !where('canceled').includes(id)))
    expect(await got('subscriptions', { status: 'all' })).toEqual(ids(all))
    expect(await got('subscriptions', { status: 'canceled' })).toEqual(where('canceled'))
    expect(await got('subscriptions', { status: 'ended' })).toEqual(where('canceled', 'incomplete_expired'))
    expect(await got('subscriptions', { status: 'trialing' })).toEqual(where('trialing'))
  })
})

describe('what a list refuses', () => {
  const refusals: [query: string, expected: Record<string, string>][] = [
    ['limit=0', { code: 'parameter_invalid_integer', param: 'limit' }],
    ['limit=101', { code: 'parameter_invalid_integer', param: 'limit' }],
    ['limit=ten', { code: 'parameter_invalid_integer', param: 'limit', message: 'Invalid integer: ten' }],
    ['limit=', { code: 'parameter_invalid_empty', param: 'limit' }],
    ['created[gte]=yesterday', { code: 'parameter_invalid_integer', param: 'created[gte]' }],
    ['created[after]=5', { code: 'parameter_unknown', param: 'created[after]' }],
    ['colour=red', { code: 'parameter_unknown', param: 'colour', message: 'Received unknown parameter: colour' }],
    ['status=open', { code: 'parameter_unknown', param: 'status' }],
    [
      'starting_after=cus_none',
      { code: 'resource_missing', param: 'starting_after', message: "No such customer: 'cus_none'" },
    ],
    ['ending_before=cus_none', { code: 'resource_missing', param: 'ending_before' }],
    ['starting_after=a&ending_before=b', { code: 'parameters_exclusive' }],
  ]

  it.each(refusals)('%s', async (query, expected) => {
    const answer = await ask(`/v1/customers?${query}`)
    expect(answer.status).toBe(400)
    expect(((await answer.json()) as { error: object }).error).toMatchObject({
      type: 'invalid_request_error',
      ...expected,
    })
  })

  it('states that no subscription can be in, and booleans that are none', async () => {
    expect((await ask('/v1/subscriptions?status=cancelled')).status).toBe(400)
    expect((await ask('/v1/products?active=yes')).status).toBe(400)
  })
})
