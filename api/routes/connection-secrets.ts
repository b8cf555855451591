import { z } from 'zod'
import { saveCredentials, type ConnectionRow } from '../../db/connections.ts'
import { testConnection } from '../../engine/ask-source.ts'
import { readAdapterInput } from '../../engine/open.ts'
import { callerOf, type Caller } from '../auth.ts'
import { changeTried } from '../change-connection.ts'
import { checkCredentials, requireSameAccount, sealCredentials } from '../connection-input.ts'
import type { App, RouteDeps } from '../deps.ts'
import { requireConnection } from '../find-connection.ts'
import { addRoute } from '../route.ts'
import { connectionOutput, connectionParams, credentialsInput, toConnection } from '../schemas/connection.ts'
import { data } from '../schemas/envelope.ts'

const tags: [string] = ['connections']

/** Credentials are replaced as a whole, tried first, and never given back. */
export function connectionSecretRoutes(app: App, deps: RouteDeps): void {
  addRoute(app, {
    method: 'PUT',
    url: '/connections/:connection/credentials',
    access: 'write',
    schema: {
      summary: 'Replace the credentials, by others of the same account; a connection that was stopped goes on',
      tags,
      params: connectionParams,
      body: z.strictObject({ credentials: credentialsInput }),
      response: { 200: data(connectionOutput) },
    },
    handler: async (request) => {
      const connection = await requireConnection(deps, request, request.params.connection)
      return {
        data: toConnection(await replaceCredentials(deps, callerOf(request), connection, request.body.credentials)),
      }
    },
  })
}

async function replaceCredentials(
  deps: RouteDeps,
  caller: Caller,
  connection: ConnectionRow,
  credentials: Record<string, string>,
): Promise<ConnectionRow> {
  const entry = deps.registry.getConnector(connection.connector)
  checkCredentials(entry, credentials)
  const { input } = await readAdapterInput(deps, caller, connection.id)
  // The stored account's limits were given for the old credentials.
  const account = await testConnection(deps, { ...input, credentials, account: undefined })
  requireSameAccount(connection.account, account)
  const key = { org_id: caller.org_id, connection_id: connection.id }
  const sealed = sealCredentials(deps.keyring, entry, key, credentials)
  const changed = await changeTried(deps, caller, connection.id, async (tx) => {
    if (sealed) await saveCredentials(tx, key, sealed)
  })
  return changed.connection
}
