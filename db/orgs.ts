import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { makeApiKey } from './api-keys.ts'
import { createClient } from './client.ts'

/**
 * Makes an org with one key of its owner: an act of the operator, not of a tenant. `adminUrl` is of a role that may act as
 * tributary_owner. The key is given this once, since only its hash is stored.
 */
export async function createOrg(adminUrl: string, org: { name: string }): Promise<{ org_id: string; api_key: string }> {
  const client = createClient(adminUrl, { max: 1, name: 'tributary create-org' })
  const org_id = randomUUID()
  const { key, prefix, hash } = makeApiKey()
  try {
    await client.db.transaction(async (tx) => {
      await tx.execute(sql`set local role tributary_owner`)
      await tx.execute(sql`
        select dispatch.create_org(${org_id}, ${org.name}, ${randomUUID()}, 'first key', 'owner', ${prefix}, ${hash})`)
    })
  } finally {
    await client.close()
  }
  return { org_id, api_key: key }
}
