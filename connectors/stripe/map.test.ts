import { readFileSync } from 'node:fs'
import type { ConnectorError, Unified } from '@tributary/sdk'
import { models } from '@tributary/sdk/models'
import fc from 'fast-check'
import type Stripe from 'stripe'
import { describe, expect, expectTypeOf, test } from 'vitest'
import type { z } from 'zod'
import type { shape as customerShape } from './map/customer.ts'
import type { shape as invoiceShape } from './map/invoice.ts'
import type { chargeShape, refundShape } from './map/payment.ts'
import type { shape as productShape } from './map/product.ts'
import type { shape as subscriptionShape } from './map/subscription.ts'
import { map } from './map.ts'
import { exponentOf, sumOf, toAmount } from './money.ts'

const account = { id: 'acct_tributary_demo', mode: 'test' } as const
type Fixture = Record<string, unknown>

const fixture = (name: string) =>
  JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8')) as Fixture

function toUnified(name: string, changes: Fixture = {}): Unified {
  const resource = { name } as Parameters<(typeof map)[string]['toUnified']>[2]
  const [record] = map[name]!.toUnified({ ...fixture(name), ...changes }, account, resource)
  return record!
}

describe('a mapper', () => {
  test('makes a customer with both addresses and its metadata', () => {
    expect(toUnified('customer')).toEqual({
      model: 'customer',
      source_id: 'cus_Tr1butary0001',
      created_at: '2025-06-01T00:00:00.000Z',
      email: 'ingrid.solvang@example.com',
      name: 'Ingrid Solvang',
      phone: '+47 55 00 00 00',
      company: 'Fjordlys AS',
      billing_address: {
        street: 'Elvegata 12, Floor 3',
        city: 'Bergen',
        state: null,
        postal_code: '5003',
        country: 'NO',
      },
      shipping_address: {
        street: 'Strandavegen 1',
        city: 'Voss',
        state: null,
        postal_code: '5700',
        country: 'NO',
      },
      custom_fields: {
        crm_id: '4711',
        plan: 'pro',
        currency: 'NOK',
        delinquent: false,
        description: 'Pilot customer',
        preferred_locales: ['nb-NO', 'en'],
        tax_exempt: 'none',
      },
    })
  })

  test('makes a product with its own time of change', () => {
    expect(toUnified('product')).toEqual({
      model: 'product',
      source_id: 'prod_Tr1butary0001',
      created_at: '2025-06-01T00:00:00.000Z',
      updated_at: '2025-06-02T00:00:00.000Z',
      name: 'Pro',
      description: 'Everything that a small team needs',
      active: false,
      url: 'https://example.com/pro',
      image_url: 'https://example.com/pro.png',
      unit_label: 'seat',
      default_price_id: 'price_Tr1butary0001',
      custom_fields: { tier: '2', statement_descriptor: 'TRIBUTARY PRO', tax_code: 'txcd_10103001' },
    })
  })

  test('makes a subscription with what a period of all its items costs, fractions of a cent included', () => {
    expect(toUnified('subscription')).toEqual({
      model: 'subscription',
      source_id: 'sub_Tr1butary0001',
      created_at: '2025-06-01T00:00:00.000Z',
      customer_id: 'cus_Tr1butary0001',
      status: 'canceled',
      source_status: 'canceled',
      currency: 'USD',
      amount: '62.4725',
      items: [
        {
          id: 'si_Tr1butary0001',
          product_id: 'prod_Tr1butary0001',
          price_id: 'price_Tr1butary0001',
          quantity: 3,
          unit_price: '19.99',
          interval: 'month',
          interval_count: 1,
        },
        {
          id: 'si_Tr1butary0002',
          product_id: 'prod_Tr1butary0001',
          price_id: 'price_Tr1butary0002',
          quantity: 1001,
          unit_price: '0.0025',
          interval: 'month',
          interval_count: 1,
        },
      ],
      started_at: '2025-06-01T00:00:00.000Z',
      current_period_start: '2025-07-31T00:00:00.000Z',
      current_period_end: '2025-08-30T00:00:00.000Z',
      trial_end: '2025-06-15T00:00:00.000Z',
      cancel_at: null,
      canceled_at: '2025-08-01T00:00:00.000Z',
      ended_at: '2025-08-30T00:00:00.000Z',
      custom_fields: {
        seats: '3',
        cancel_at_period_end: true,
        collection_method: 'charge_automatically',
        trial_start: '2025-06-01T00:00:00.000Z',
      },
    })
  })

  test('makes an invoice with its lines, the sum of its taxes, and a quantity that is not cut', () => {
    expect(toUnified('invoice')).toEqual({
      model: 'invoice',
      source_id: 'in_Tr1butary0001',
      created_at: '2025-07-31T00:00:00.000Z',
      customer_id: 'cus_Tr1butary0001',
      invoice_number: '9A1C37D2-0003',
      status: 'paid',
      source_status: 'paid',
      subtotal: '62.47',
      tax: '15.60',
      total: '78.07',
      currency: 'USD',
      issue_date: '2025-07-30T00:00:00.000Z',
      due_date: null,
      paid_date: '2025-07-31T01:00:05.000Z',
      line_items: [
        { description: '3 × Pro (at $19.99 / month)', quantity: 3, unit_price: '19.99', total: '59.97' },
        { description: '1001 × Messages (at $0.0025 / month)', quantity: 1000.5, unit_price: '0.0025', total: '2.50' },
      ],
      custom_fields: {
        po: 'PO-77',
        amount_due: '78.07',
        amount_paid: '78.07',
        amount_remaining: '0.00',
        billing_reason: 'subscription_cycle',
        collection_method: 'charge_automatically',
        subscription_id: 'sub_Tr1butary0001',
      },
    })
  })

  test('makes a payment of a charge', () => {
    expect(toUnified('charge')).toEqual({
      model: 'payment',
      kind: 'charge',
      source_id: 'ch_Tr1butary0001',
      created_at: '2025-07-31T01:00:05.000Z',
      customer_id: 'cus_Tr1butary0001',
      status: 'succeeded',
      source_status: 'succeeded',
      amount: '78.07',
      amount_refunded: '10.00',
      currency: 'USD',
      method: 'card',
      description: 'Subscription update',
      failure_code: null,
      failure_message: null,
      paid_at: '2025-07-31T01:00:05.000Z',
      custom_fields: { amount_captured: '78.07', captured: true, disputed: false, payment_intent: 'pi_Tr1butary0001' },
    })
  })

  test('makes a payment of a refund that names the payment it returns', () => {
    expect(toUnified('refund')).toEqual({
      model: 'payment',
      kind: 'refund',
      source_id: 're_Tr1butary0001',
      created_at: '2025-08-01T01:00:00.000Z',
      customer_id: 'cus_Tr1butary0001',
      refunded_payment_id: 'ch_Tr1butary0001',
      status: 'succeeded',
      source_status: 'succeeded',
      amount: '10.00',
      currency: 'USD',
      method: 'card',
      description: undefined,
      failure_code: undefined,
      paid_at: '2025-08-01T01:00:00.000Z',
      custom_fields: { ticket: 'T-9', payment_intent: 'pi_Tr1butary0001', reason: 'requested_by_customer' },
    })
  })

  test.each(Object.keys(map))('gives a %s that its model accepts, also of one that has only an id', (name) => {
    const bare = map[name]!.toUnified({ id: 'x_1' }, account, { name } as never)
    for (const record of [toUnified(name), ...bare]) models[record.model].schema.parse(record)
    expect(bare[0]).toMatchObject({ source_id: 'x_1', created_at: null, custom_fields: {} })
  })
})

describe('a status', () => {
  test.each([
    ['invoice', 'draft', 'draft'],
    ['invoice', 'open', 'pending'],
    ['invoice', 'uncollectible', 'pending'],
    ['invoice', 'void', 'void'],
    ['subscription', 'unpaid', 'past_due'],
    ['subscription', 'incomplete_expired', 'canceled'],
    ['subscription', 'paused', 'paused'],
    ['charge', 'pending', 'pending'],
    ['charge', 'failed', 'failed'],
    ['refund', 'requires_action', 'pending'],
    ['refund', 'canceled', 'canceled'],
    ['invoice', 'frozen', null],
    ['subscription', 'constructor', null],
  ])('of a %s that is "%s" at Stripe is %s', (name, source_status, status) => {
    expect(toUnified(name, { status: source_status })).toMatchObject({ status, source_status })
  })

  test('of an authorization whose money has not moved is pending, and canceled once it is released', () => {
    expect(toUnified('charge', { captured: false })).toMatchObject({ status: 'pending', paid_at: null })
    expect(toUnified('charge', { captured: false, refunded: true })).toMatchObject({ status: 'canceled' })
  })
})

describe('an invoice', () => {
  test('was issued when it became final, unless it says otherwise, and is not issued before', () => {
    expect(toUnified('invoice', { effective_at: null })).toMatchObject({ issue_date: '2025-07-31T01:00:00.000Z' })
    expect(toUnified('invoice', { effective_at: null, status_transitions: {} })).toMatchObject({ issue_date: null })
  })
})

describe('a subscription', () => {
  const items = (fixture('subscription').items as { data: Fixture[] }).data
  const withPrice = (changes: Fixture) => ({
    items: { data: [{ ...items[0], price: { ...(items[0]!.price as Fixture), ...changes } }] },
  })

  test.each([
    ['usage', { recurring: { interval: 'month', interval_count: 1, usage_type: 'metered' } }],
    ['tiers', { billing_scheme: 'tiered', unit_amount_decimal: null }],
    ['packages', { transform_quantity: { divide_by: 10, round: 'up' } }],
  ])('has no amount where %s decide what is paid', (_, changes) => {
    expect(toUnified('subscription', withPrice(changes))).toMatchObject({ amount: null, items: [{ quantity: 3 }] })
  })

  test('has no amount where its items are billed in periods of different lengths, and the period that ends first', () => {
    const yearly = {
      ...items[1],
      current_period_start: 1_751_328_000,
      current_period_end: 1_782_864_000,
      price: {
        ...(items[1]!.price as Fixture),
        recurring: { interval: 'year', interval_count: 1, usage_type: 'licensed' },
      },
    }
    expect(toUnified('subscription', { items: { data: [yearly, items[0]] } })).toMatchObject({
      amount: null,
      current_period_start: '2025-07-31T00:00:00.000Z',
      current_period_end: '2025-08-30T00:00:00.000Z',
    })
  })
})

describe('what Stripe sends otherwise than it documents', () => {
  test.each([
    ['customer', { created: 'not a time' }, 'created: '],
    ['customer', { email: 17 }, 'email: '],
    ['customer', { address: 'Elvegata 12' }, 'address: '],
    ['invoice', { total: 10.5 }, 'total: '],
    ['invoice', { total: 2 ** 53 }, 'total: '],
    ['invoice', { lines: { data: [{ amount: '250' }] } }, 'lines.data.0.amount: '],
    ['charge', { customer: 12 }, 'customer: '],
    ['refund', { metadata: ['a'] }, 'metadata: '],
    ['product', { id: '' }, 'id: '],
  ])('of a %s is refused by the name of the field, never its value: %j', (name, changes, field) => {
    const refused = expect.objectContaining({
      code: 'invalid_payload',
      message: expect.stringContaining(field) as string,
    })
    expect(() => toUnified(name, changes)).toThrow(refused as ConnectorError)
    expect(() => toUnified(name, changes)).not.toThrow(/not a time|Elvegata/)
  })

  test('but new fields and words are taken as they are', () => {
    expect(toUnified('customer', { loyalty: { level: 3 }, tax_exempt: 'partly' })).toMatchObject({
      custom_fields: { tax_exempt: 'partly' },
    })
  })
})

describe('money', () => {
  test.each([
    [1050, 'usd', '10.50'],
    [500, 'jpy', '500'],
    [5120, 'kwd', '5.120'],
    [500, 'isk', '5.00'],
    [500, 'ugx', '5.00'],
    [104500, 'huf', '1045.00'],
    [80045, 'twd', '800.45'],
    [300, 'mga', '300'],
    [-5, 'eur', '-0.05'],
    [0, 'eur', '0.00'],
    ['0.25', 'usd', '0.0025'],
    ['1.50', 'usd', '0.015'],
    ['-12.5', 'jpy', '-12.5'],
    ['0.000000000001', 'usd', '0.00000000000001'],
    [9_007_199_254_740_991, 'usd', '90071992547409.91'],
  ])('%s of %s is %s', (minor, currency, amount) => {
    expect(toAmount(minor, currency)).toBe(amount)
  })

  test('is nothing without an amount or a currency', () => {
    expect([toAmount(null, 'usd'), toAmount(5, null), toAmount(undefined, undefined)]).toEqual([null, null, null])
  })

  test('is summed without rounding', () => {
    expect(sumOf([{ unit: '0.1', count: 3 }])).toBe('0.3')
    expect(sumOf([{ unit: '1999', count: 3 }, { unit: '0.25', count: 1001 }])).toBe('6247.25') // prettier-ignore
    expect(sumOf([])).toBe('0')
  })

  test('comes back to the same minor units, whatever the currency', () => {
    const currency = fc.constantFrom('usd', 'jpy', 'kwd', 'isk', 'EUR')
    fc.assert(
      fc.property(fc.maxSafeInteger(), currency, (minor, code) => {
        const [whole, fraction = ''] = toAmount(minor, code)!.split('.')
        expect(fraction).toHaveLength(exponentOf(code))
        expect(BigInt(whole + fraction)).toBe(BigInt(minor))
      }),
    )
  })
})

// Checked by `npm run types`: what the mappers read is what the pinned SDK says that this API version sends. A decimal is text
// on the wire (the SDK makes an object of it).
type Plain = string | number | boolean | null | undefined
type Sent<T> = T extends Plain ? T : T extends Stripe.Decimal ? string : { [K in keyof T]: Sent<T[K]> }
type Reads<Shape extends z.ZodType, Vendor> = Sent<Pick<Vendor, keyof z.input<Shape> & keyof Vendor>>

test('the mappers read fields that the pinned SDK types', () => {
  expectTypeOf<Reads<typeof customerShape, Stripe.Customer>>().toExtend<z.input<typeof customerShape>>()
  expectTypeOf<Reads<typeof productShape, Stripe.Product>>().toExtend<z.input<typeof productShape>>()
  expectTypeOf<Reads<typeof subscriptionShape, Stripe.Subscription>>().toExtend<z.input<typeof subscriptionShape>>()
  expectTypeOf<Reads<typeof invoiceShape, Stripe.Invoice>>().toExtend<z.input<typeof invoiceShape>>()
  expectTypeOf<Reads<typeof chargeShape, Stripe.Charge>>().toExtend<z.input<typeof chargeShape>>()
  expectTypeOf<Reads<typeof refundShape, Stripe.Refund>>().toExtend<z.input<typeof refundShape>>()
  expectTypeOf<keyof z.input<typeof customerShape>>().toExtend<keyof Stripe.Customer>()
  expectTypeOf<keyof z.input<typeof productShape>>().toExtend<keyof Stripe.Product>()
  expectTypeOf<keyof z.input<typeof subscriptionShape>>().toExtend<keyof Stripe.Subscription>()
  expectTypeOf<keyof z.input<typeof invoiceShape>>().toExtend<keyof Stripe.Invoice>()
  expectTypeOf<keyof z.input<typeof chargeShape>>().toExtend<keyof Stripe.Charge>()
  expectTypeOf<keyof z.input<typeof refundShape>>().toExtend<keyof Stripe.Refund>()
})
