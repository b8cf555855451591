import { dropChanges } from '../db/changes.ts'
import type { Database } from '../db/client.ts'
import { listOrgsWithOldChanges } from '../db/dispatch.ts'
import { asWorker, inOrg } from '../db/tenancy.ts'

const BATCH = 10_000
/** Less than an activity may take: what is left then is dropped by the next sweep. */
const DROP_MS = 20_000

export type Retention = { changesKeptDays: number }

/** Of all orgs. */
export async function dropOldChanges(db: Database, { changesKeptDays: days }: Retention): Promise<void> {
  const until = Date.now() + DROP_MS
  for (const org_id of await listOrgsWithOldChanges(db, days)) {
    const dropBatch = () => inOrg(db, asWorker(org_id), (tx) => dropChanges(tx, org_id, { days, limit: BATCH }))
    for (let dropped = BATCH; dropped === BATCH && Date.now() < until;) dropped = await dropBatch()
  }
}
