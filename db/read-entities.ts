import { and, asc, eq, getTableColumns, isNotNull, isNull, sql } from 'drizzle-orm'
import { afterIfGiven, equalIfGiven } from './filters.ts'
import { entities } from './schema/index.ts'
import type { Tx } from './tenancy.ts'

export type EntityFilter = {
  org_id: string
  connection_id?: string | undefined
  resource?: string | undefined
  external_id?: string | undefined
  deleted?: boolean | undefined
  limit: number
  /** `seq` of the last one of the page before. */
  after?: number | undefined
}

/** Objects as their sources gave them, oldest first, with the exact text of each payload. */
export function listEntities(tx: Tx, filter: EntityFilter) {
  const { org_id: _, hash: _hash, version: _version, rank: _rank, raw_payload, ...shown } = getTableColumns(entities)
  return tx
    .select({ ...shown, raw_payload: sql<string>`${raw_payload}::text` })
    .from(entities)
    .where(
      and(
        eq(entities.org_id, filter.org_id),
        equalIfGiven(entities.connection_id, filter.connection_id),
        equalIfGiven(entities.resource, filter.resource),
        equalIfGiven(entities.external_id, filter.external_id),
        filter.deleted === undefined ? undefined : (filter.deleted ? isNotNull : isNull)(entities.deleted_at),
        afterIfGiven(entities.seq, filter.after),
      ),
    )
    .orderBy(asc(entities.seq))
    .limit(filter.limit)
}
