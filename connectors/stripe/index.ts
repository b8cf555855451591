import { ConnectorError, type Account, type Context, defineConnector, type RateLimit } from '@tributary/sdk'
import { z } from 'zod'
import { config, type Config, createClient, type GetText, unreadable } from './client.ts'
import { readEvent, readFeed } from './events.ts'
import { map } from './map.ts'
import { readPage } from './pages.ts'
import { getWhole } from './whole.ts'

/** Reads a Stripe account with a secret key, or a restricted one that may read: https://docs.stripe.com/keys. */
export default defineConnector<Config>({
  config,
  map,
  readEvent,
  open(context) {
    const get = createClient(context)
    return {
      testConnection: () => readAccount(get, context),
      read: (request) => readPage(get, request),
      feed: (request) => readFeed(get, request),
      async get(resource, ids) {
        const objects = await Promise.all(ids.map((id) => getWhole(get, resource.name, id)))
        return objects.filter((object) => object !== undefined)
      },
    }
  },
})

const accountShape = z.object({ id: z.string(), default_currency: z.string().optional() })

/** https://docs.stripe.com/api/accounts/retrieve: the account that the key belongs to. */
async function readAccount(get: GetText, context: Context<Config>): Promise<Account> {
  const { id, default_currency } = parseAccount(await get('/v1/account'))
  const mode = modeOf(context.secret('secret_key'))
  // A quarter of the live rate (https://docs.stripe.com/rate-limits), in place of the manifest's limits, which are live ones.
  const testRate: RateLimit[] = [{ per: 'account', requests: 25, seconds: 1 }]
  const isTestAtStripe = mode === 'test' && !context.config.base_url // a stand-in has limits of its own
  return { id, mode, currency: default_currency?.toUpperCase(), ...(isTestAtStripe && { rateLimits: testRate }) }
}

function parseAccount(text: string) {
  try {
    return accountShape.parse(JSON.parse(text))
  } catch {
    throw unreadable('GET /v1/account')
  }
}

/** An account object does not say it; the prefix of every key does (https://docs.stripe.com/keys#obtain-api-keys). */
function modeOf(key: string): Account['mode'] {
  const mode = /^[a-z]+_(live|test)_/.exec(key)?.[1]
  if (mode === 'live' || mode === 'test') return mode
  throw new ConnectorError(
    'config_invalid',
    'stripe: the secret_key begins with neither sk_live_, sk_test_, rk_live_ nor rk_test_, so live and test data could be mixed; set one that does with PUT /v1/connections/:id/credentials',
  )
}
