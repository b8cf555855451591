import type { FastifyRequest } from 'fastify'
import { findKeyHolder } from '../db/api-keys.ts'
import type { Tenant } from '../db/tenancy.ts'
import type { ApiDeps, App } from './deps.ts'
import { ApiError } from './errors.ts'

/** `read`: every key of the org. `write`: not a viewer's. */
export type Access = 'read' | 'write'
export type Caller = Tenant & { api_key_id: string }

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
  }
  interface FastifyRequest {
    caller: Caller | undefined
  }
}

/** Every route of `app` asks for a key. One that does not say what it needs is refused when the process starts. */
export function requireKeys(app: App, deps: ApiDeps): void {
  app.decorateRequest('caller', undefined)
  app.addHook('onRoute', (route) => {
    if (!route.config?.access) throw new Error(`The route ${route.url} does not say which access it needs`)
  })
  app.addHook('onRequest', async (request) => {
    const holder = await findKeyHolder(deps.db, bearerKey(request))
    if (!holder) throw new ApiError('unauthorized', 'The API key is unknown, revoked or expired')
    if (request.routeOptions.config.access === 'write' && holder.role === 'viewer')
      throw new ApiError('role_insufficient', 'The key belongs to a viewer, who may only read')
    request.caller = holder
  })
}

/** Who asks, in a route behind `requireKeys`. */
export function callerOf(request: FastifyRequest): Caller {
  if (!request.caller) throw new Error('A route asks for its caller but is not behind requireKeys')
  return request.caller
}

function bearerKey({ headers }: FastifyRequest): string {
  const [, key] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? []
  if (!key) throw new ApiError('unauthorized', 'The request has no API key')
  return key
}
