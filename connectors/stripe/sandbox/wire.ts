import type Stripe from 'stripe'

/** Stripe's manual: the API version pinned by the SDK that we use (`Stripe.API_VERSION`), the only one this fake renders. */
export const API_VERSION = '2026-10-28.endive'

/** A type of the SDK as it is on the wire: decimals are strings there, and nothing is a class. */
export type Wire<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends Stripe.Decimal
    ? string
    : T extends object
      ? { [K in keyof T]: Wire<T[K]> }
      : T

/** References are ids here: what expands them, does so when it is asked for. */
export type Customer = Wire<Stripe.Customer>
export type Product = Wire<Stripe.Product>
export type Price = Wire<Stripe.Price> & { product: string }
export type Plan = Wire<Stripe.Plan>
export type Subscription = Wire<Stripe.Subscription> & { customer: string }
export type SubscriptionItem = Wire<Stripe.SubscriptionItem>
export type Invoice = Wire<Stripe.Invoice>
export type InvoiceLine = Wire<Stripe.InvoiceLineItem>
export type Charge = Wire<Stripe.Charge> & { customer: string | null }
export type Refund = Wire<Stripe.Refund> & { charge: string | null }
export type Account = Wire<Stripe.Account>

/** What all objects have in common; their further fields are read by `fieldOf`. */
export type Stored = { id: string; object: string }
export type Stub = Stored & { deleted: true }
export type ListOf<T> = { object: 'list'; data: T[]; has_more: boolean; url: string }

export const fieldOf = (value: object, name: string): unknown => (value as Record<string, unknown>)[name]

export const listOf = <T>(data: T[], url: string, has_more = false): ListOf<T> => ({
  object: 'list',
  data,
  has_more,
  url,
})
