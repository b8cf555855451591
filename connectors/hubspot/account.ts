import type { Account, RateLimit } from '@tributary/sdk'
import { z } from 'zod'
import { type Client, unreadable } from './client.ts'
import type { Config } from './config.ts'
import { objectPaths } from './object-types.ts'
import type { Portal } from './refusal.ts'

/** https://developers.hubspot.com/docs/api-reference/legacy/account/account-information/get-account-details */
const shape = z.object({
  portalId: z.number().int(),
  accountType: z.string(),
  timeZone: z.string().optional(),
  companyCurrency: z.string().optional(),
})

/** The account that the token belongs to. Where its days end is noted, for the day when its requests are used up. */
export async function readAccount(client: Client, portal: Portal, config: Config): Promise<Account> {
  const { accountType, companyCurrency, portalId, timeZone } = parse(await client.account())
  portal.timeZone = timeZone
  const mode = accountType === 'SANDBOX' || accountType === 'DEVELOPER_TEST' ? 'test' : 'live'
  return { id: String(portalId), mode, currency: companyCurrency, rateLimits: rateLimitsOf(config) }
}

function parse(text: string) {
  try {
    return shape.parse(JSON.parse(text))
  } catch {
    throw unreadable('GET /account-info/v3/details')
  }
}

/** In place of the manifest's, which are of the bigger plans. All searches of an account share 5 a second. */
function rateLimitsOf({ requests_per_10_seconds: requests }: Config): RateLimit[] | undefined {
  if (requests === undefined) return undefined
  const searches = objectPaths().map((path) => `POST /crm/v3/objects/${path}/search`)
  return [
    { per: 'account', requests, seconds: 10 },
    ...searches.map((match): RateLimit => ({ match, per: 'account', requests: 5, seconds: searches.length })),
  ]
}
