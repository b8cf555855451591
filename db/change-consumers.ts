/** Readers of the change feed whose place the server keeps. */
import { and, asc, eq, lte, or, sql } from 'drizzle-orm'
import { afterIfGiven } from './filters.ts'
import { changeConsumers } from './schema/index.ts'
import type { Tx } from './tenancy.ts'

type ConsumerKey = { org_id: string; name: string }

/** `cursor`: the number of the last change that it has dealt with. */
const shown = { name: changeConsumers.name, cursor: changeConsumers.number, updated_at: changeConsumers.updated_at }

export function listConsumers(tx: Tx, query: { org_id: string; limit: number; after?: string | undefined }) {
  return tx
    .select(shown)
    .from(changeConsumers)
    .where(and(eq(changeConsumers.org_id, query.org_id), afterIfGiven(changeConsumers.name, query.after)))
    .orderBy(asc(changeConsumers.name))
    .limit(query.limit)
}

export async function findConsumer(tx: Tx, key: ConsumerKey) {
  const [row] = await tx.select(shown).from(changeConsumers).where(ofConsumer(key))
  return row
}

/** Makes the consumer, or moves it on. Backwards only with `force`: without it, undefined, and nothing was done. */
export async function putConsumer(tx: Tx, key: ConsumerKey, place: { cursor: number; force: boolean }) {
  const [row] = await tx
    .insert(changeConsumers)
    .values({ ...key, number: place.cursor })
    .onConflictDoUpdate({
      target: [changeConsumers.org_id, changeConsumers.name],
      set: { number: place.cursor, updated_at: sql`now()` },
      setWhere: or(sql`${place.force}::boolean`, lte(changeConsumers.number, place.cursor)),
    })
    .returning(shown)
  return row
}

/** Whether there was one. */
export async function deleteConsumer(tx: Tx, key: ConsumerKey): Promise<boolean> {
  const rows = await tx.delete(changeConsumers).where(ofConsumer(key)).returning({ name: changeConsumers.name })
  return rows.length > 0
}

const ofConsumer = ({ org_id, name }: ConsumerKey) =>
  and(eq(changeConsumers.org_id, org_id), eq(changeConsumers.name, name))
