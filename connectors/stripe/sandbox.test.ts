import Stripe from 'stripe'
import { Agent, request } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import stripeSandbox from './sandbox.ts'
import type { StripeSandbox } from './sandbox.ts'
import type { Invoice, Stored } from './sandbox/wire.ts'

const COUNTS = { customers: 45, products: 12, prices: 14, subscriptions: 40, invoices: 60, charges: 90, refunds: 40 }
const KEY = 'sk_test_tributary_demo'

let sandbox: StripeSandbox
beforeAll(async () => {
  sandbox = await stripeSandbox.start({ seed: 7, counts: COUNTS })
})
afterAll(() => sandbox.close())

const ask = (path: string, at = sandbox) => fetch(at.url + path, { headers: { authorization: `Bearer ${KEY}` } })

describe('the pretty switch', () => {
  it('changes the white space and nothing else', async () => {
    const path = '/v1/customers?limit=5'
    const compact = await (await ask(path)).text()
    sandbox.settings.pretty = true
    const pretty = await (await ask(path)).text()
    sandbox.settings.pretty = false
    expect(pretty).toContain('\n  "data": [\n    {\n      "id"')
    expect(JSON.stringify(JSON.parse(pretty))).toBe(compact)
  })
})

describe('mistakes of its own making', () => {
  it('are told in the words of Stripe', async () => {
    const faulty = await stripeSandbox.start({ counts: COUNTS, faults: { rateLimit: 1, retryAfter: 3 } })
    await ask('/v1/account', faulty)
    const limited = await ask('/v1/account', faulty)
    expect(limited.status).toBe(429)
    expect(Object.fromEntries(limited.headers)).toMatchObject({
      'retry-after': '3',
      'stripe-rate-limited-reason': 'global-rate',
      'request-id': expect.stringMatching(/^req_/),
    })
    expect(await limited.json()).toMatchObject({ error: { type: 'invalid_request_error', code: 'rate_limit' } })
    Object.assign(faulty.faults, { rateLimit: 0, serverErrors: 1 })
    const failed = await ask('/v1/account', faulty)
    expect([failed.status, await failed.json()]).toMatchObject([500, { error: { type: 'api_error' } }])
    await faulty.close()
  })
})

describe('the official SDK', () => {
  const client = () => {
    const { hostname, port } = new URL(sandbox.url)
    return new Stripe(KEY, { host: hostname, port, protocol: 'http', maxNetworkRetries: 0, telemetry: false })
  }

  it('lists, pages, retrieves and expands', async () => {
    const stripe = client()
    const ids: string[] = []
    for await (const customer of stripe.customers.list({ limit: 7 })) ids.push(customer.id)
    expect(ids).toEqual((sandbox.truth('customer') as Stored[]).map(({ id }) => id))
    const charges = await stripe.charges.list({ limit: 3, expand: ['data.customer'], created: { gte: 1_710_000_000 } })
    expect(charges.data).toHaveLength(3)
    const long = (sandbox.truth('invoice') as Invoice[]).find(({ lines }) => lines.data.length === 40)!
    const lines = await stripe.invoices.listLineItems(long.id).autoPagingToArray({ limit: 100 })
    expect(lines.map(({ id }) => id)).toEqual(long.lines.data.map(({ id }) => id))
    expect((await stripe.accounts.retrieveCurrent()).id).toBe(sandbox.account.id)
    expect(await stripe.customers.retrieve(sandbox.deleted('customer')[0]!)).toMatchObject({ deleted: true })
  })

  it('recognises the errors', async () => {
    const stripe = client()
    await expect(stripe.prices.retrieve('price_none')).rejects.toMatchObject({
      code: 'resource_missing',
      statusCode: 404,
    })
    await expect(stripe.prices.list({ limit: 500 })).rejects.toBeInstanceOf(Stripe.errors.StripeInvalidRequestError)
    const { hostname, port } = new URL(sandbox.url)
    const stranger = new Stripe('sk_test_stranger', { host: hostname, port, protocol: 'http', maxNetworkRetries: 0 })
    await expect(stranger.accounts.retrieveCurrent()).rejects.toBeInstanceOf(Stripe.errors.StripeAuthenticationError)
  })
})

describe('speed', () => {
  it('is measured and printed, for the machine decides it', async () => {
    const big = await stripeSandbox.start({ counts: { customers: 5000 } })
    const options = { dispatcher: new Agent({ connections: 1 }), headers: { authorization: `Bearer ${KEY}` } }
    const pass = async () => {
      let [after, pages] = ['', 0]
      for (let more = true; more; pages++) {
        const { body } = await request(`${big.url}/v1/customers?limit=100${after}`, options)
        const text = await body.text()
        after = `&starting_after=${text.slice(text.lastIndexOf('"id":"cus_')).slice(6, 24)}`
        more = text.endsWith('"has_more":true,"url":"/v1/customers"}')
      }
      return pages * 100
    }
    expect(await pass()).toBe(5000)
    const started = performance.now()
    await pass()
    const rate = Math.round(5000 / ((performance.now() - started) / 1000))
    process.stdout.write(`stripe sandbox: ${rate} customers/s to one client\n`)
    await options.dispatcher.close()
    await big.close()
  })
})
