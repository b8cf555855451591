import postgres from 'postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClient, type Client } from '../db/client.ts'
import { createOrg } from '../db/orgs.ts'
import type { EngineDeps } from '../engine/deps.ts'
import { createTestDatabase, type TestDatabase } from '../stack/test-database.ts'
import { createActivities } from './index.ts'
import type { Orchestrator } from './orchestrator.ts'

let database: TestDatabase
let client: Client
let admin: postgres.Sql
beforeAll(async () => {
  database = await createTestDatabase()
  client = createClient(database.appUrl, { max: 2 })
  admin = postgres(database.adminUrl, { max: 1 })
})
afterAll(async () => {
  await client.close()
  await admin.end()
  await database.drop()
})

/** An org with so many changes that are 8 days old, followed by one that is 6 days old. */
async function orgWith(old: number): Promise<string> {
  const { org_id } = await createOrg(database.adminUrl, { name: 'River' })
  await admin`insert into change_counters (org_id, last_number) values (${org_id}, ${old + 1})`
  await admin`
    insert into changes (org_id, number, connection_id, resource, model, unified_id, kind, changed_at)
    select ${org_id}, number, gen_random_uuid(), 'customer', 'customer', gen_random_uuid(), 'created',
      now() - case when number <= ${old} then interval '8 days' else interval '6 days' end
    from generate_series(1, ${old + 1}) number`
  return org_id
}

test('a sweep drops what is older than it is kept, of every org, however many batches that takes', async () => {
  const orgs = [await orgWith(25_000), await orgWith(3), await orgWith(0)]
  const { sweepSyncs } = createActivities({ db: client.db } as EngineDeps, {} as Orchestrator, { changesKeptDays: 7 })
  await sweepSyncs()
  const kept = await admin`
    select org_id, dropped_number::int as dropped, array_agg(number::int) as numbers
    from changes join change_counters using (org_id) group by 1, 2`
  expect(new Map(kept.map(({ org_id, dropped, numbers }) => [org_id, { dropped, numbers }]))).toEqual(
    new Map([
      [orgs[0], { dropped: 25_000, numbers: [25_001] }],
      [orgs[1], { dropped: 3, numbers: [4] }],
      [orgs[2], { dropped: 0, numbers: [1] }],
    ]),
  )
})
