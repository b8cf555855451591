import { ConnectorError } from '@tributary/sdk'
import type { Query } from './client.ts'

/** What the lists give that the connector itself looks at; the rest is the mapper's. */
export type StripeObject = Record<string, unknown> & { id?: unknown; created?: unknown; deleted?: unknown }

export type Endpoint = {
  path: string
  query?: Query
  /** The list inside an object that shows only its first entries. */
  children?: { key: string; path: (id: string) => string; query?: (id: string) => Query }
  /** Unix seconds since when an object is out of use; anything else: it is in use. */
  archivedAt?: (object: StripeObject) => unknown
}

/** https://docs.stripe.com/api: where each resource is listed, and what is particular to it. */
const endpoints: Record<string, Endpoint> = {
  customer: { path: '/v1/customers' },
  // Stripe does not say when a product was made inactive: `updated` is the closest time that it gives.
  product: { path: '/v1/products', archivedAt: (product) => (product.active === false ? product.updated : null) },
  // A price has no time but its creation.
  price: { path: '/v1/prices', archivedAt: (price) => (price.active === false ? price.created : null) },
  subscription: {
    path: '/v1/subscriptions',
    query: { status: 'all' },
    children: { key: 'items', path: () => '/v1/subscription_items', query: (id) => ({ subscription: id }) },
    archivedAt: (subscription) => (isOver(subscription) ? (subscription.ended_at ?? subscription.canceled_at) : null),
  },
  invoice: { path: '/v1/invoices', children: { key: 'lines', path: (id) => `/v1/invoices/${id}/lines` } },
  charge: { path: '/v1/charges' },
  refund: { path: '/v1/refunds' },
}

export const isResource = (name: string): boolean => Object.hasOwn(endpoints, name)

/** Throws `unsupported` where there is no such resource. */
export function endpointOf(resource: string): Endpoint {
  const endpoint = isResource(resource) ? endpoints[resource] : undefined
  if (endpoint) return endpoint
  throw new ConnectorError(
    'unsupported',
    `stripe: there is no resource "${resource}"; use one of ${Object.keys(endpoints).join(', ')}`,
  )
}

const isOver = ({ status }: StripeObject) => status === 'canceled' || status === 'incomplete_expired'
