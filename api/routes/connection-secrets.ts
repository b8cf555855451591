import { z } from 'zod'
import { saveCredentials, updateConnection, type ConnectionChanges, type ConnectionRow } from '../../db/connections.ts'
import { inOrg, type Tx } from '../../db/tenancy.ts'
import { saveUpload } from '../../db/uploads.ts'
import { testConnection } from '../../engine/ask-source.ts'
import { readAdapterInput } from '../../engine/open.ts'
import { givenUpload, revisionOf } from '../../engine/upload.ts'
import { callerOf, type Caller } from '../auth.ts'
import { checkCredentials, contentOf, requireSameAccount, sealCredentials } from '../connection-input.ts'
import type { App, RouteDeps } from '../deps.ts'
import { invalidInput } from '../errors.ts'
import { connectionNotFound, requireConnection } from '../find-connection.ts'
import { addRoute } from '../route.ts'
import {
  connectionOutput,
  connectionParams,
  contentInput,
  credentialsInput,
  toConnection,
} from '../schemas/connection.ts'
import { CONTENT_BODY_LIMIT, data } from '../schemas/envelope.ts'

const tags: [string] = ['connections']

/** What a connection reads with: replaced as a whole, tried first, and never given back. */
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
  addRoute(app, {
    method: 'PUT',
    url: '/connections/:connection/content',
    access: 'write',
    bodyLimit: CONTENT_BODY_LIMIT,
    schema: {
      summary: 'Replace the content that a connection reads, such as a CSV file',
      tags,
      params: connectionParams,
      body: z.strictObject(contentInput),
      response: { 200: data(connectionOutput) },
    },
    handler: async (request) => {
      const content = contentOf(request.body)
      if (!content) throw invalidInput([{ path: 'body.content', message: 'is required, or content_base64' }])
      const connection = await requireConnection(deps, request, request.params.connection)
      return { data: toConnection(await replaceContent(deps, callerOf(request), connection, content)) }
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
  const changes = connection.status === 'error' ? ({ status: 'active', status_reason: null } as const) : {}
  const save = async (tx: Tx) => {
    if (sealed) await saveCredentials(tx, key, sealed)
  }
  return change(deps, caller, connection.id, { changes, save })
}

async function replaceContent(
  deps: RouteDeps,
  caller: Caller,
  connection: ConnectionRow,
  content: Buffer,
): Promise<ConnectionRow> {
  const { input } = await readAdapterInput(deps, caller, connection.id)
  requireSameAccount(connection.account, await testConnection(deps, { ...input, upload: givenUpload(content) }))
  const key = { org_id: caller.org_id, connection_id: connection.id }
  return change(deps, caller, connection.id, { save: (tx) => saveUpload(tx, key, revisionOf(content), content) })
}

async function change(
  deps: RouteDeps,
  caller: Caller,
  connection_id: string,
  { changes, save }: { changes?: ConnectionChanges; save: (tx: Tx) => Promise<void> },
): Promise<ConnectionRow> {
  const key = { org_id: caller.org_id, connection_id }
  const changed = await inOrg(deps.db, caller, async (tx) => {
    // First, since it locks: a deletion at the same moment then leaves no credentials behind.
    const row = await updateConnection(tx, key, { ...changes, last_validated_at: new Date().toISOString() })
    if (!row) throw connectionNotFound(connection_id)
    await save(tx)
    return row
  })
  await deps.schedules.follow(key)
  return changed
}
