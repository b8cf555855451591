/** The change feed: what became of unified rows, numbered in the order of commits. */
import { and, asc, eq, getTableColumns, gt, sql } from 'drizzle-orm'
import type { ModelName } from '@tributary/sdk/models'
import { unnest } from './bulk.ts'
import { equalIfGiven } from './filters.ts'
import { changeCounters, changes, type changeKinds } from './schema/index.ts'
import type { Tx } from './tenancy.ts'

export type ChangeKind = (typeof changeKinds)[number]
export type NewChange = {
  connection_id: string
  resource: string
  model: ModelName
  unified_id: string
  kind: ChangeKind
}
export type ChangeFilter = { model?: ModelName | undefined; connection_id?: string | undefined }
/** The newest number of an org, and the newest of those that were dropped by age. Both are 0 before there are any. */
export type FeedEnds = { last_number: number; dropped_number: number }

/**
 * Must be the last statement of its transaction. It takes the org's counter, which the next writer gets when this transaction
 * has ended: numbers follow the order of commits, without gaps, so that nothing ever appears below a number that can be read.
 */
export async function appendChanges(tx: Tx, org_id: string, rows: NewChange[]): Promise<void> {
  if (rows.length === 0) return
  // The clock is read once the counter is held, so that times follow the numbers; now() is the start of the transaction.
  await tx.execute(sql`
    with counter as (
      insert into change_counters (org_id, last_number) values (${org_id}, ${rows.length})
      on conflict (org_id) do update set last_number = change_counters.last_number + excluded.last_number
      returning last_number - ${rows.length}::bigint as before
    )
    insert into changes (org_id, number, connection_id, resource, model, unified_id, kind, changed_at)
    select ${org_id}::uuid, counter.before + r.place, r.connection_id, r.resource, r.model, r.unified_id, r.kind, clock_timestamp()
    from counter, ${unnest(columnsOf(rows), 'r')}`)
}

const columnsOf = (rows: NewChange[]) => [
  { name: 'place', type: 'bigint', values: rows.map((_, index) => String(index + 1)) },
  { name: 'connection_id', type: 'uuid', values: rows.map((row) => row.connection_id) },
  { name: 'resource', type: 'text', values: rows.map((row) => row.resource) },
  { name: 'model', type: 'text', values: rows.map((row) => row.model) },
  { name: 'unified_id', type: 'uuid', values: rows.map((row) => row.unified_id) },
  { name: 'kind', type: 'text', values: rows.map((row) => row.kind) },
]

export async function findFeedEnds(tx: Tx, org_id: string): Promise<FeedEnds> {
  const { last_number, dropped_number } = changeCounters
  const [ends] = await tx.select({ last_number, dropped_number }).from(changeCounters).where(ofOrg(org_id))
  return ends ?? { last_number: 0, dropped_number: 0 }
}

/**
 * The changes behind a number, and the ends of the feed as the same statement sees them: what is not among `rows`, though below
 * `last_number`, was filtered out, beyond `limit`, or dropped.
 */
export async function listChanges(tx: Tx, query: ChangeFilter & { org_id: string; after: number; limit: number }) {
  const { org_id: _, ...shown } = getTableColumns(changes)
  const page = tx
    .select(shown)
    .from(changes)
    .where(
      and(
        eq(changes.org_id, query.org_id),
        gt(changes.number, query.after),
        equalIfGiven(changes.model, query.model),
        equalIfGiven(changes.connection_id, query.connection_id),
      ),
    )
    .orderBy(asc(changes.number))
    .limit(query.limit)
    .as('page')
  const { last_number, dropped_number } = changeCounters
  const found = await tx
    .select({ ends: { last_number, dropped_number }, change: page._.selectedFields })
    .from(changeCounters)
    .leftJoin(page, sql`true`)
    .where(ofOrg(query.org_id))
    .orderBy(asc(page.number))
  const ends: FeedEnds = found[0]?.ends ?? { last_number: 0, dropped_number: 0 }
  return { ...ends, rows: found.flatMap(({ change }) => change ?? []) }
}

/** Drops at most `limit` of an org's changes that are older than so many days; gives how many. */
export async function dropChanges(tx: Tx, org_id: string, old: { days: number; limit: number }): Promise<number> {
  const [row] = await tx.execute<{ count: number }>(sql`
    with oldest as (select number, changed_at from changes where org_id = ${org_id} order by number limit ${old.limit}),
    dropped as (
      delete from changes where org_id = ${org_id}
        and number <= (select max(number) from oldest where changed_at < now() - make_interval(days => ${old.days}))
      returning number
    ),
    noted as (
      update change_counters set dropped_number = (select max(number) from dropped)
      where org_id = ${org_id} and exists (select from dropped)
    )
    select count(*) as count from dropped`)
  return row!.count
}

const ofOrg = (org_id: string) => eq(changeCounters.org_id, org_id)
