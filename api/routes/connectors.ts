import { z } from 'zod'
import type { Entry } from '../../connectors/registry.ts'
import { listConnectors } from '../../db/connectors.ts'
import { testConnection } from '../../engine/ask-source.ts'
import { givenUpload } from '../../engine/upload.ts'
import { checkCredentials, contentOf } from '../connection-input.ts'
import type { App, RouteDeps } from '../deps.ts'
import { ApiError } from '../errors.ts'
import { addRoute } from '../route.ts'
import { accountOutput, testInput } from '../schemas/connection.ts'
import { connectorDetails, connectorOutput, toConnectorDetails } from '../schemas/connector.ts'
import { CONTENT_BODY_LIMIT, data } from '../schemas/envelope.ts'

const tags: [string] = ['connectors']
const params = z.object({ connector: z.string() })

export function connectorRoutes(app: App, deps: RouteDeps): void {
  addRoute(app, {
    method: 'GET',
    url: '/connectors',
    access: 'read',
    schema: { summary: 'List what can be connected to', tags, response: { 200: data(z.array(connectorOutput)) } },
    handler: async () => ({ data: await listConnectors(deps.db) }),
  })
  addRoute(app, {
    method: 'GET',
    url: '/connectors/:connector',
    access: 'read',
    schema: {
      summary: 'Get a connector: manifest, config, resources, events',
      tags,
      params,
      response: { 200: data(connectorDetails) },
    },
    handler: async (request) => ({
      data: toConnectorDetails(deps.registry, findEntry(deps, request.params.connector)),
    }),
  })
  addRoute(app, {
    method: 'POST',
    url: '/connectors/:connector/test',
    access: 'write',
    bodyLimit: CONTENT_BODY_LIMIT,
    schema: {
      summary: 'Try credentials and config at the source; nothing is stored',
      tags,
      params,
      body: testInput,
      response: { 200: data(z.object({ account: accountOutput })) },
    },
    handler: async (request) => {
      const entry = findEntry(deps, request.params.connector)
      const { config, credentials } = request.body
      checkCredentials(entry, credentials)
      const content = contentOf(request.body)
      const upload = content && givenUpload(content)
      return {
        data: { account: await testConnection(deps, { connector: entry.manifest.type, config, credentials, upload }) },
      }
    },
  })
}

function findEntry({ registry }: RouteDeps, type: string): Entry {
  const entry = registry.all().find(({ manifest }) => manifest.type === type)
  if (!entry) throw new ApiError('not_found', `Connector ${type} does not exist on this deployment`)
  return entry
}
