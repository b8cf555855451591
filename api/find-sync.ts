import { findSync, type SyncReport } from '../db/syncs.ts'
import { inOrg } from '../db/tenancy.ts'
import type { Caller } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { ApiError } from './errors.ts'
import { isUuid } from './schemas/connection.ts'

/** The caller's sync with its reports. Throws `not_found`, alike for foreign and unknown ones. */
export async function requireSync(deps: ApiDeps, caller: Caller, sync_id: string): Promise<SyncReport> {
  const key = { org_id: caller.org_id, sync_id }
  const report = isUuid(sync_id) ? await inOrg(deps.db, caller, (tx) => findSync(tx, key)) : undefined
  if (!report) throw syncNotFound(sync_id)
  return report
}

export const syncNotFound = (sync_id: string): ApiError => new ApiError('not_found', `Sync ${sync_id} does not exist`)
