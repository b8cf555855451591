import type { FastifyRequest } from 'fastify'
import { findConnection, findConnectionByAppKey, type ConnectionRow } from '../db/connections.ts'
import { inOrg, type Tx } from '../db/tenancy.ts'
import { callerOf } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { ApiError } from './errors.ts'
import { isUuid } from './schemas/connection.ts'

/** The caller's connection by id or app_key. Throws `not_found`, alike for foreign, deleted and unknown ones. */
export async function requireConnection(
  deps: ApiDeps,
  request: FastifyRequest,
  idOrKey: string,
): Promise<ConnectionRow> {
  const { org_id } = callerOf(request)
  const find = (tx: Tx) =>
    isUuid(idOrKey)
      ? findConnection(tx, { org_id, connection_id: idOrKey })
      : findConnectionByAppKey(tx, org_id, idOrKey)
  const connection = await inOrg(deps.db, callerOf(request), find)
  if (!connection) throw connectionNotFound(idOrKey)
  return connection
}

/** As `requireConnection`, and it may be used now. Throws `connection_not_active`. */
export async function requireActive(deps: ApiDeps, request: FastifyRequest, idOrKey: string): Promise<ConnectionRow> {
  const connection = await requireConnection(deps, request, idOrKey)
  const { status, app_key, status_reason } = connection
  if (status === 'inactive') throw new ApiError('connection_not_active', `The connection ${app_key} is paused`)
  if (status === 'error')
    throw new ApiError(
      'connection_not_active',
      `The connection ${app_key} is stopped: ${status_reason ?? 'see its status'}`,
    )
  return connection
}

export const stoppedMeanwhile = ({ app_key }: ConnectionRow): ApiError =>
  new ApiError('connection_not_active', `The connection ${app_key} was stopped or deleted at this moment`)

export const connectionNotFound = (idOrKey: string): ApiError =>
  new ApiError('not_found', `Connection ${idOrKey} does not exist`)
