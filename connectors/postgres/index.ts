import { defineConnector } from '@tributary/sdk'
import { readAccount } from './account.ts'
import { chooseTables } from './choose-tables.ts'
import { createClient } from './client.ts'
import { config, type Config } from './config.ts'
import { getRows } from './get.ts'
import { readPage } from './read.ts'
import { toResource } from './resource.ts'

/**
 * Reads the tables and views of a PostgreSQL database (11 or newer) as a user that may SELECT them: page by page behind the key
 * of the last row, each page in a transaction that only reads. A row is the text that `row_to_json` makes of it.
 */
export default defineConnector<Config>({
  config,
  open(context) {
    const client = createClient(context)
    const discover = async () => {
      const tables = await chooseTables(client, context.config)
      return tables.map((table) => toResource(table, context.config))
    }
    return {
      async testConnection() {
        const account = await readAccount(client, context.config)
        await discover()
        return account
      },
      discover,
      read: (request) => readPage(client, request),
      get: (resource, ids) => getRows(client, resource, ids),
      close: () => client.close(),
    }
  },
})
