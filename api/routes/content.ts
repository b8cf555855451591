import type { z } from 'zod'
import { inOrg } from '../../db/tenancy.ts'
import { findUpload, setUpload, type Draft } from '../../db/uploads.ts'
import { testConnection } from '../../engine/ask-source.ts'
import { withDraft, type Store } from '../../engine/draft.ts'
import { readAdapterInput } from '../../engine/open.ts'
import { storedUpload } from '../../engine/upload.ts'
import { callerOf } from '../auth.ts'
import { changeTried } from '../change-connection.ts'
import { requireSameAccount } from '../connection-input.ts'
import { acceptFiles, contentIn } from '../content-body.ts'
import type { App, RouteDeps } from '../deps.ts'
import { ApiError } from '../errors.ts'
import { requireConnection } from '../find-connection.ts'
import { addRoute } from '../route.ts'
import { connectionParams } from '../schemas/connection.ts'
import { contentBody, contentOutput, replacedContent, toContent } from '../schemas/content.ts'
import { CONTENT_BODY_LIMIT, data } from '../schemas/envelope.ts'

const tags: [string] = ['connections']

/** The content of connections that read what they are given, such as a CSV file. */
export async function contentRoutes(scope: App, deps: RouteDeps): Promise<void> {
  await acceptFiles(scope)
  addRoute(scope, {
    method: 'GET',
    url: '/connections/:connection/content',
    access: 'read',
    schema: {
      summary: 'What content a connection has; not the content itself',
      tags,
      params: connectionParams,
      response: { 200: data(contentOutput) },
    },
    handler: async (request) => {
      const { org_id, id, app_key } = await requireConnection(deps, request, request.params.connection)
      const upload = await inOrg(deps.db, callerOf(request), (tx) => findUpload(tx, { org_id, connection_id: id }))
      if (!upload) throw new ApiError('not_found', `The connection ${app_key} has no content; PUT it here`)
      return { data: toContent(upload) }
    },
  })
  addRoute(scope, {
    method: 'PUT',
    url: '/connections/:connection/content',
    access: 'write',
    bodyLimit: CONTENT_BODY_LIMIT,
    schema: {
      summary: 'Replace the content that a connection reads, after a look at it; a connection that was stopped goes on',
      tags,
      params: connectionParams,
      body: contentBody,
      response: { 200: data(replacedContent) },
    },
    handler: async (request) => {
      const connection = await requireConnection(deps, request, request.params.connection)
      const store = { db: deps.db, tenant: callerOf(request), connection_id: connection.id }
      return { data: await withDraft(store, contentIn(request, deps), (draft) => accept(deps, store, draft)) }
    },
  })
}

/** Looks at what came, and makes it the content of its connection, in one transaction. What was there before stays till then. */
async function accept(deps: RouteDeps, store: Store, draft: Draft): Promise<z.output<typeof replacedContent>> {
  const { tenant, connection_id } = store
  const { connection, input } = await readAdapterInput(deps, tenant, connection_id)
  const upload = storedUpload(store, { revision: draft.draft, bytes: draft.bytes })
  requireSameAccount(connection.account, await testConnection(deps, { ...input, upload }))
  const { saved } = await changeTried(deps, tenant, connection_id, async (tx) => {
    const key = { org_id: tenant.org_id, connection_id }
    const before = await findUpload(tx, key)
    if (before?.revision === draft.revision) return { ...toContent(before), changed: false }
    return { ...toContent(await setUpload(tx, key, draft)), changed: true }
  })
  return saved
}
