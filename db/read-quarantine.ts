import { and, asc, eq, getTableColumns, sql } from 'drizzle-orm'
import { afterIfGiven, equalIfGiven } from './filters.ts'
import { quarantine } from './schema/index.ts'
import type { Tx } from './tenancy.ts'

export type QuarantineFilter = {
  org_id: string
  connection_id?: string | undefined
  resource?: string | undefined
  reason_code?: string | undefined
  limit: number
  /** Id of the last one of the page before. */
  after?: string | undefined
}

/** Objects that could not be mapped, with the exact text of each payload. */
export function listQuarantine(tx: Tx, filter: QuarantineFilter) {
  const { org_id: _, hash: _hash, version: _version, raw_payload, ...shown } = getTableColumns(quarantine)
  return tx
    .select({ ...shown, raw_payload: sql<string>`${raw_payload}::text` })
    .from(quarantine)
    .where(
      and(
        eq(quarantine.org_id, filter.org_id),
        equalIfGiven(quarantine.connection_id, filter.connection_id),
        equalIfGiven(quarantine.resource, filter.resource),
        equalIfGiven(quarantine.reason_code, filter.reason_code),
        afterIfGiven(quarantine.id, filter.after),
      ),
    )
    .orderBy(asc(quarantine.id))
    .limit(filter.limit)
}
