import { defineConnector } from '@tributary/sdk'
import { readAccount } from './account.ts'
import { createClient } from './client.ts'
import { config, type Config } from './config.ts'
import { map } from './map.ts'
import { readPage } from './pages.ts'
import { createPropertyNames } from './property-names.ts'
import type { Portal } from './refusal.ts'
import { getWhole } from './whole.ts'

/**
 * Reads a HubSpot account with a service key (https://developers.hubspot.com/changelog/service-keys), or the access token of
 * a private app, which have been made until October 2026.
 */
export default defineConnector<Config>({
  config,
  map,
  open(context) {
    const portal: Portal = {}
    const client = createClient(context, portal)
    const names = createPropertyNames(client)
    return {
      testConnection: () => readAccount(client, portal, context.config),
      read: (request) => readPage(client, request),
      get: (resource, ids) => getWhole(client, names, resource, ids),
    }
  },
})
