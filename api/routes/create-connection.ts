import { v7 as uuidv7 } from 'uuid'
import type { z } from 'zod'
import type { Account } from '@tributary/sdk'
import { findConnectionByAppKey, insertConnection, saveCredentials, type ConnectionRow } from '../../db/connections.ts'
import { violates } from '../../db/failures.ts'
import { inOrg } from '../../db/tenancy.ts'
import { saveUpload } from '../../db/uploads.ts'
import { testConnection } from '../../engine/ask-source.ts'
import { givenUpload, revisionOf } from '../../engine/upload.ts'
import { callerOf, type Caller } from '../auth.ts'
import { checkCredentials, contentOf, sealCredentials } from '../connection-input.ts'
import type { App, RouteDeps } from '../deps.ts'
import { ApiError } from '../errors.ts'
import { addRoute } from '../route.ts'
import { connectionInput, connectionOutput, toConnection } from '../schemas/connection.ts'
import { supportedEvents } from '../schemas/connector.ts'
import { CONTENT_BODY_LIMIT, data } from '../schemas/envelope.ts'

type Input = z.output<typeof connectionInput>

export function createConnectionRoute(app: App, deps: RouteDeps): void {
  addRoute(app, {
    method: 'POST',
    url: '/connections',
    access: 'write',
    bodyLimit: CONTENT_BODY_LIMIT,
    schema: {
      summary: 'Connect a source; its credentials are tried before anything is stored',
      tags: ['connections'],
      body: connectionInput,
      response: { 201: data(connectionOutput) },
    },
    handler: async (request, reply) => {
      const connection = await connect(deps, callerOf(request), request.body)
      await deps.schedules.follow({ org_id: connection.org_id, connection_id: connection.id })
      return reply.code(201).send({ data: toConnection(connection) })
    },
  })
}

async function connect(deps: RouteDeps, caller: Caller, input: Input): Promise<ConnectionRow> {
  const entry = deps.registry.getConnector(input.connector)
  checkCredentials(entry, input.credentials)
  const content = contentOf(input)
  const taken = await inOrg(deps.db, caller, (tx) => findConnectionByAppKey(tx, caller.org_id, input.app_key))
  if (taken) throw appKeyTaken(input.app_key)
  const { connector, config, credentials } = input
  const upload = content && givenUpload(content)
  const account = await testConnection(deps, { connector, config, credentials, upload })
  return store(deps, caller, { input, account, content })
}

/** All or nothing: a connection without its credentials would be of no use. */
async function store(
  deps: RouteDeps,
  caller: Caller,
  { input, account, content }: { input: Input; account: Account; content: Buffer | undefined },
): Promise<ConnectionRow> {
  const { connector, app_key, name, config, schedule_seconds, sync_from } = input
  const entry = deps.registry.getConnector(connector)
  const key = { org_id: caller.org_id, connection_id: uuidv7() }
  const sealed = sealCredentials(deps.keyring, entry, key, input.credentials)
  try {
    return await inOrg(deps.db, caller, async (tx) => {
      const row = await insertConnection(tx, {
        ...{
          org_id: key.org_id,
          id: key.connection_id,
          connector,
          app_key,
          name,
          config,
          schedule_seconds,
          sync_from,
          account,
        },
        last_validated_at: new Date().toISOString(),
        supported_events: supportedEvents(entry),
        created_by: caller.api_key_id,
      })
      if (sealed) await saveCredentials(tx, key, sealed)
      if (content) await saveUpload(tx, key, revisionOf(content), content)
      return row
    })
  } catch (error) {
    // Another request took it between the look and the write.
    throw violates(error, 'connections_app_key') ? appKeyTaken(app_key) : error
  }
}

const appKeyTaken = (app_key: string) => new ApiError('app_key_taken', `Another connection has the app_key ${app_key}`)
