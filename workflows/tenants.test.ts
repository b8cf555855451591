import postgres from 'postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import stripe, { type StripeSandbox } from '../connectors/stripe/sandbox.ts'
import { createClient, type Client } from '../db/client.ts'
import { createOrg } from '../db/orgs.ts'
import { inOrg } from '../db/tenancy.ts'
import { customers, entities } from '../db/schema/index.ts'
import { startTestDeployment, type TestDeployment } from '../stack/test-deployment.ts'
import { readAll } from '../stack/truth.ts'

let deployment: TestDeployment
let client: Client
const sandboxes: StripeSandbox[] = []
const orgs: { org_id: string; api_key: string }[] = []

beforeAll(async () => {
  deployment = await startTestDeployment()
  client = createClient(deployment.database.appUrl, { max: 2 })
  orgs.push(deployment.api.org, await createOrg(deployment.database.adminUrl, { name: 'Other' }))
})
afterAll(async () => {
  await client.close()
  await deployment.close()
  await Promise.all(sandboxes.map((sandbox) => sandbox.close()))
})

test('two orgs with the same external ids never see each other’s rows, through the API or SQL', async () => {
  const counts = { customers: 150, charges: 20, invoices: 5, subscriptions: 5, refunds: 2 }
  const connections: string[] = []
  for (const { api_key } of orgs) {
    const sandbox = await stripe.start({ seed: 3, counts })
    sandboxes.push(sandbox)
    const [first] = sandbox.truth('customer') as { id: string }[]
    sandbox.mutate.update('customer', first!.id, { name: `seen by ${sandboxes.length}` })
    const { config, credentials } = sandbox
    const body = { connector: 'stripe', name: 'Shop', app_key: 'shop', config, credentials }
    const answer = await deployment.api.call('POST', '/v1/connections', { body, key: api_key })
    connections.push(answer.body.data.id)
    const asked = await deployment.api.call('POST', `/v1/connections/${connections.at(-1)}/syncs`, { key: api_key })
    await endedFor(asked.body.data.id, api_key)
  }
  const [ids, otherIds] = sandboxes.map((sandbox) =>
    (sandbox.truth('customer') as { id: string }[]).map(({ id }) => id),
  )
  expect(ids).toEqual(otherIds)

  for (const [index, org] of orgs.entries()) {
    const rows = await readAll(deployment, '/v1/customers', org.api_key)
    expect(rows.length).toBe(ids!.length)
    expect(rows.filter((row) => String(row.name).startsWith('seen by')).map((row) => row.name)).toEqual([
      `seen by ${index + 1}`,
    ])
    const foreign = connections[1 - index]!
    expect(await readAll(deployment, `/v1/customers?connection_id=${foreign}`, org.api_key)).toEqual([])
    expect(await readAll(deployment, `/v1/entities?connection_id=${foreign}`, org.api_key)).toEqual([])
    expect((await deployment.api.call('GET', `/v1/connections/${foreign}`, { key: org.api_key })).status).toBe(404)
    const seen = await inOrg(client.db, { org_id: org.org_id, role: 'owner' }, async (tx) => [
      ...(await tx.selectDistinct({ org_id: customers.org_id }).from(customers)),
      ...(await tx.selectDistinct({ org_id: entities.org_id }).from(entities)),
    ])
    expect(new Set(seen.map((row) => row.org_id))).toEqual(new Set([org.org_id]))
  }
})

test('a unified id is the same wherever its record is made, and another in another org', async () => {
  const admin = postgres(deployment.database.adminUrl, { max: 1 })
  const rows = await admin<{ ids: number; records: number }[]>`
    select count(distinct unified_id)::int as ids, count(*)::int as records from customers`
  await admin.end()
  expect(rows[0]!.ids).toBe(rows[0]!.records)
})

async function endedFor(sync_id: string, key: string): Promise<void> {
  for (;;) {
    const { body } = await deployment.api.call('GET', `/v1/syncs/${sync_id}`, { key })
    if (body.data.finished_at) return expect(body.data.status).toBe('succeeded')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
