import Stripe from 'stripe'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import stripeSandbox from '../sandbox.ts'
import type { StripeSandbox } from '../sandbox.ts'
import { API_VERSION, fieldOf } from './wire.ts'
import type { Charge, Invoice, ListOf, Refund, Stored, Subscription } from './wire.ts'

const COUNTS = { customers: 45, products: 12, prices: 14, subscriptions: 40, invoices: 60, charges: 90, refunds: 40 }
const KEY = 'sk_test_tributary_demo'

let sandbox: StripeSandbox
beforeAll(async () => {
  sandbox = await stripeSandbox.start({ seed: 7, counts: COUNTS })
})
afterAll(() => sandbox.close())

const ask = (path: string, headers: Record<string, string> = { authorization: `Bearer ${KEY}` }, at = sandbox) =>
  fetch(at.url + path, { headers })
const read = async <T = Stored>(path: string) => (await (await ask(path)).json()) as T
const truth = <T = Stored>(resource: string) => sandbox.truth(resource) as T[]
const refusal = async (path: string, headers?: Record<string, string>) => {
  const answer = await ask(path, headers)
  const { error } = (await answer.json()) as { error: Record<string, string> }
  return { status: answer.status, ...error }
}

describe('the door', () => {
  it('knows the key as bearer token and as user name, and no other', async () => {
    const basic = `Basic ${Buffer.from(`${KEY}:`).toString('base64')}`
    expect((await ask('/v1/account', { authorization: basic })).status).toBe(200)
    expect(await refusal('/v1/account', { authorization: 'Bearer sk_test_wrong' })).toMatchObject({
      status: 401,
      type: 'invalid_request_error',
    })
    expect(await refusal('/v1/account', {})).toMatchObject({
      status: 401,
      message: expect.stringContaining('did not provide'),
    })
    const wrong = await ask('/v1/customers', { authorization: `Bearer ${KEY}x` })
    expect([wrong.status, wrong.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="Stripe"'])
    expect(await wrong.text()).not.toContain(KEY)
  })

  it('takes other credentials if it is given them', async () => {
    const other = await stripeSandbox.start({ counts: COUNTS, credentials: { secret_key: 'sk_test_other' } })
    expect((await ask('/v1/account', { authorization: 'Bearer sk_test_other' }, other)).status).toBe(200)
    expect((await ask('/v1/account', undefined, other)).status).toBe(401)
    await other.close()
  })

  it('speaks the API version of the SDK that we use, tells it, and refuses others', async () => {
    expect(API_VERSION).toBe(Stripe.API_VERSION)
    const answer = await ask('/v1/account')
    expect(answer.headers.get('stripe-version')).toBe(API_VERSION)
    expect(answer.headers.get('request-id')).toMatch(/^req_/)
    const old = { authorization: `Bearer ${KEY}`, 'stripe-version': '2019-05-16' }
    expect(await refusal('/v1/account', old)).toMatchObject({
      status: 400,
      message: expect.stringContaining('2019-05-16'),
    })
  })

  it('stands at the account that the handle names', async () => {
    expect(await read('/v1/account')).toMatchObject({ id: sandbox.account.id, object: 'account' })
    expect([sandbox.account.mode, sandbox.config]).toEqual(['test', { base_url: sandbox.url }])
    const livemodes = sandbox.resources.flatMap((name) => sandbox.truth(name).map((one) => fieldOf(one, 'livemode')))
    expect(livemodes).not.toContain(true)
  })

  it('answers 404 where Stripe has nothing', async () => {
    const missing = { status: 404, code: 'resource_missing', param: 'id', message: "No such customer: 'cus_none'" }
    expect(await refusal('/v1/customers/cus_none')).toMatchObject({
      ...missing,
      request_log_url: expect.stringMatching(/req_/),
    })
    expect(await refusal('/v1/widgets')).toMatchObject({
      status: 404,
      message: 'Unrecognized request URL (GET: /v1/widgets).',
    })
    expect(await refusal('/v1/customers/cus_1/lines')).toMatchObject({ status: 404 })
    expect(
      (await fetch(`${sandbox.url}/v1/customers`, { method: 'POST', headers: { authorization: `Bearer ${KEY}` } }))
        .status,
    ).toBe(404)
  })
})

describe('parts of objects', () => {
  const drain = async (url: string, limit: number) => {
    const items: Stored[] = []
    for (let page: ListOf<Stored> | undefined; !page || page.has_more; items.push(...page.data)) {
      const after = items.length ? `&starting_after=${items.at(-1)?.id}` : ''
      page = await read<ListOf<Stored>>(`${url}${url.includes('?') ? '&' : '?'}limit=${limit}${after}`)
    }
    return items
  }
  const longInvoice = () => truth<Invoice>('invoice').find(({ lines }) => lines.data.length === 40)!

  it('shows ten lines of an invoice, and has the others in a list of their own', async () => {
    const whole = longInvoice()
    const cut = { ...whole.lines, data: whole.lines.data.slice(0, 10), has_more: true }
    expect(await read(`/v1/invoices/${whole.id}`)).toEqual({ ...whole, lines: cut })
    for (const limit of [3, 10, 100]) expect(await drain(whole.lines.url, limit)).toEqual(whole.lines.data)
  })

  it('does the same with the items of a subscription', async () => {
    const whole = truth<Subscription>('subscription').find(({ items }) => items.data.length === 12)!
    const { items } = await read<Subscription>(`/v1/subscriptions/${whole.id}`)
    expect([items.has_more, items.data]).toEqual([true, whole.items.data.slice(0, 10)])
    expect(await drain(items.url, 5)).toEqual(whole.items.data)
    const missing = { status: 400, code: 'parameter_missing', param: 'subscription' }
    expect(await refusal('/v1/subscription_items')).toMatchObject(missing)
    const unknown = { status: 400, code: 'resource_missing', param: 'subscription' }
    expect(await refusal('/v1/subscription_items?subscription=sub_none')).toMatchObject(unknown)
  })

  it('pages sub-lists backwards too, and refuses what it does not know', async () => {
    const { lines } = longInvoice()
    const before = await read<ListOf<Stored>>(`${lines.url}?limit=5&ending_before=${lines.data[20]!.id}`)
    expect([before.data, before.has_more]).toEqual([lines.data.slice(15, 20), true])
    const unknown = { status: 400, code: 'resource_missing', param: 'starting_after' }
    expect(await refusal(`${lines.url}?starting_after=il_none`)).toMatchObject(unknown)
    const filter = { code: 'parameter_unknown', param: 'created[gt]' }
    expect(await refusal(`${lines.url}?created[gt]=5`)).toMatchObject(filter)
  })

  it('leaves refunds out of charges unless they are asked for', async () => {
    const byCharge = (charge: string) => truth<Refund>('refund').filter((refund) => refund.charge === charge)
    const { id } = truth<Charge>('charge').find((charge) => byCharge(charge.id).length === 12)!
    expect(await read(`/v1/charges/${id}`)).not.toHaveProperty('refunds')
    const { refunds } = await read<{ refunds: ListOf<Stored> }>(`/v1/charges/${id}?expand[]=refunds`)
    const url = `/v1/charges/${id}/refunds`
    expect(refunds).toEqual({ object: 'list', data: byCharge(id).slice(0, 10), has_more: true, url })
    expect(await drain(url, 7)).toEqual(byCharge(id))
    expect(await drain(`/v1/refunds?charge=${id}`, 5)).toEqual(byCharge(id))
  })

  it('puts a customer in place of its id, or what is left of one, and says what it cannot expand', async () => {
    type Page = ListOf<{ customer: Stored | null }>
    const page = await read<Page>('/v1/charges?limit=100&expand[]=data.customer')
    const ids = truth<Charge>('charge').map(({ customer }) => customer)
    expect(page.data.map(({ customer }) => customer?.id ?? null)).toEqual(ids)
    const [gone] = sandbox.deleted('customer')
    expect(page.data.map(({ customer }) => customer)).toContainEqual({ id: gone, object: 'customer', deleted: true })
    expect(await refusal('/v1/charges?expand[]=data.invoice')).toMatchObject({ status: 400, param: 'expand' })
    expect(await refusal('/v1/charges?expand[]=customer')).toMatchObject({ status: 400, param: 'expand' })
  })

  it.each([
    ['customer', 'customers'],
    ['product', 'products'],
  ])('leaves a stub of a deleted %s, and lists it no more', async (resource, path) => {
    const [id] = sandbox.deleted(resource)
    expect(await read(`/v1/${path}/${id}`)).toEqual({ id, object: resource, deleted: true })
    expect((await drain(`/v1/${path}`, 100)).map((item) => item.id)).not.toContain(id)
  })
})
