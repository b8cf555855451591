import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import stripeSandbox from '../sandbox.ts'
import type { StripeSandbox } from '../sandbox.ts'
import type { Charge, Customer, Invoice, Product, Refund, Stored, Subscription } from './wire.ts'

const COUNTS = { customers: 45, products: 12, prices: 14, subscriptions: 40, invoices: 60, charges: 90, refunds: 40 }

let sandbox: StripeSandbox
beforeAll(async () => {
  sandbox = await stripeSandbox.start({ seed: 7, counts: COUNTS })
})
afterAll(() => sandbox.close())

const truth = <T = Stored>(resource: string) => sandbox.truth(resource) as T[]

describe('the seed', () => {
  const dump = (one: StripeSandbox) =>
    JSON.stringify(one.resources.map((resource) => [one.truth(resource), one.deleted(resource)]))

  it('gives the same bytes again, and others for another seed', async () => {
    const again = await stripeSandbox.start({ seed: 7, counts: COUNTS })
    const other = await stripeSandbox.start({ seed: 8, counts: COUNTS })
    expect(dump(again)).toBe(dump(sandbox))
    expect(again.account).toEqual(sandbox.account)
    expect(dump(other)).not.toBe(dump(sandbox))
    expect(other.account.id).not.toBe(sandbox.account.id)
    await Promise.all([again.close(), other.close()])
  })

  it('leaves every other resource as it was when one is asked for more', async () => {
    const more = await stripeSandbox.start({ seed: 7, counts: { ...COUNTS, charges: 200, invoices: 70 } })
    expect(more.truth('customer')).toEqual(sandbox.truth('customer'))
    expect(more.truth('subscription')).toEqual(sandbox.truth('subscription'))
    await more.close()
  })

  it('fills the account as asked, with no id twice', () => {
    const sizes = sandbox.resources.map((resource) => [`${resource}s`, sandbox.truth(resource).length])
    expect(Object.fromEntries(sizes)).toEqual(COUNTS)
    const ids = sandbox.resources.flatMap((resource) => truth(resource).map(({ id }) => id))
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('breaks as many customers as asked, in their places', async () => {
    const broken = await stripeSandbox.start({ seed: 7, counts: { ...COUNTS, broken: 5 } })
    const now = broken.truth('customer') as (Stored & { created: unknown; address: unknown })[]
    expect(now.map(({ id }) => id)).toEqual(truth('customer').map(({ id }) => id))
    const bad = now.filter(({ created }) => typeof created !== 'number')
    expect(bad.map(({ created, address }) => [created, address])).toEqual(Array(5).fill(['not a time', 5]))
    await broken.close()
  })

  it('refuses what cannot be', async () => {
    const start = (counts: Record<string, number>) => stripeSandbox.start({ counts })
    await expect(start({ customers: 0 })).rejects.toThrow('"subscriptions" need "customers" and "prices"')
    await expect(start({ products: 0 })).rejects.toThrow('"prices" need "products"')
    await expect(start({ customers: 3, broken: 4 })).rejects.toThrow('"broken" must not be more than "customers"')
    await expect(start({ widgets: 4 })).rejects.toThrow('stripe sandbox: it has no "widgets"; it has customers')
  })

  it('is small where little is asked for', async () => {
    const few = { customers: 1, products: 1, prices: 1, subscriptions: 1, invoices: 1, charges: 1, refunds: 400 }
    const tiny = await stripeSandbox.start({ counts: few })
    expect(tiny.resources.map((resource) => tiny.truth(resource).length)).toEqual([1, 1, 1, 1, 1, 1, 6])
    const none = { customers: 0, products: 0, prices: 0, subscriptions: 0, refunds: 0 }
    const empty = await stripeSandbox.start({ counts: { ...none, invoices: 2, charges: 2 } })
    expect((empty.truth('charge') as Charge[]).map(({ customer }) => customer)).toEqual([null, null])
    await Promise.all([tiny.close(), empty.close()])
  })
})

describe('the awkward data of real accounts', () => {
  const absent = (present: Record<string, boolean>) => Object.keys(present).filter((what) => !present[what])

  it('is among the customers', () => {
    const customers = truth<Customer>('customer')
    const notes = customers.map(({ metadata }) => metadata.note ?? '')
    const present = {
      'neither name nor e-mail': customers.some(({ email, name }) => email === null && name === null),
      'a name that is not of ASCII': customers.some(({ name }) => /\P{ASCII}/u.test(name ?? '')),
      'an address of nulls': customers.some(({ address }) => address?.country === 'DE' && address.line1 === null),
      'a NUL and half of an emoji': notes.some((note) => note.includes('\0') && !note.isWellFormed()),
      'a key that would pollute': customers.some(({ metadata }) => Object.hasOwn(metadata, '__proto__')),
      'a shared second': new Set(customers.map(({ created }) => created)).size < customers.length,
    }
    expect(absent(present)).toEqual([])
  })

  it('is among products, subscriptions and invoices', () => {
    const states = truth<Invoice | Subscription>('subscription')
      .concat(truth('invoice'))
      .map(({ status }) => status)
    const wanted = ['trialing', 'canceled', 'past_due', 'draft', 'open', 'paid', 'void', 'uncollectible']
    expect(states).toEqual(expect.arrayContaining(wanted))
    const lines = truth<Invoice>('invoice').map((invoice) => invoice.lines.data.length)
    expect(lines).toEqual(expect.arrayContaining([0, 1, 12, 40]))
    expect(truth<Product>('product').map(({ active }) => active)).toContain(false)
  })

  it('is among the charges', () => {
    const charges = truth<Charge>('charge')
    const gone = sandbox.deleted('customer')
    const present = {
      'no minor unit': charges.some(({ currency }) => currency === 'jpy'),
      'three decimals': charges.some(({ currency }) => currency === 'kwd'),
      'given back in part': charges.some((one) => one.amount_refunded > 0 && one.amount_refunded < one.amount),
      'given back': charges.some(({ refunded }) => refunded),
      declined: charges.some(({ status, failure_code }) => status === 'failed' && failure_code === 'card_declined'),
      'of a deleted customer': charges.some(({ customer }) => customer !== null && gone.includes(customer)),
      'of a guest': charges.some(({ customer }) => customer === null),
    }
    expect(absent(present)).toEqual([])
  })
})

describe('amounts add up', () => {
  const sum = (parts: { amount: number }[] | null) => (parts ?? []).reduce((total, { amount }) => total + amount, 0)

  it('from lines, discounts and taxes to the total of an invoice', () => {
    for (const { lines, subtotal, total, total_taxes, amount_paid, amount_remaining } of truth<Invoice>('invoice')) {
      const discounts = sum(lines.data.flatMap((line) => line.discount_amounts ?? []))
      const taxes = sum(lines.data.flatMap((line) => line.taxes ?? []))
      expect(subtotal).toBe(sum(lines.data))
      expect(total).toBe(subtotal - discounts + taxes)
      expect(sum(total_taxes)).toBe(taxes)
      expect(amount_paid + amount_remaining).toBe(total)
    }
  })

  it('from refunds that did not fail to what a charge gave back', () => {
    const refunds = truth<Refund>('refund').filter(({ status }) => status !== 'failed')
    for (const { id, amount, amount_refunded } of truth<Charge>('charge')) {
      expect(amount_refunded).toBe(sum(refunds.filter(({ charge }) => charge === id)))
      expect(amount_refunded).toBeLessThanOrEqual(amount)
    }
  })
})
