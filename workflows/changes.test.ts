import { afterAll, beforeAll, expect, test } from 'vitest'
import { models, type ModelName } from '@tributary/sdk/models'
import stripe, { type StripeSandbox } from '../connectors/stripe/sandbox.ts'
import { startTestDeployment, type SyncBody, type TestDeployment } from '../stack/test-deployment.ts'
import { readAll } from '../stack/truth.ts'

type Change = { number: number; model: ModelName; unified_id: string; kind: string }

let deployment: TestDeployment
let sandbox: StripeSandbox
let connection_id: string
beforeAll(async () => {
  deployment = await startTestDeployment()
  sandbox = await stripe.start({
    counts: { customers: 900, products: 30, prices: 40, subscriptions: 150, invoices: 200, charges: 700, refunds: 50 },
  })
  const { config, credentials } = sandbox
  connection_id = await deployment.connect({ connector: 'stripe', name: 'Shop', app_key: 'shop', config, credentials })
})
afterAll(async () => {
  await deployment.close()
  await sandbox.close()
})

async function readPage(query: string): Promise<{ data: Change[]; page: { next_cursor: number } }> {
  const { status, text, body } = await deployment.api.call('GET', `/v1/changes?${query}`)
  if (status !== 200) throw new Error(text)
  return body
}

/** All changes behind a cursor. */
async function readOn(cursor: number): Promise<Change[]> {
  const { data, page } = await readPage(`cursor=${cursor}&limit=300`)
  return data.length === 0 ? [] : [...data, ...(await readOn(page.next_cursor))]
}

/** The rows of all models that are there. */
async function liveRows(): Promise<string[]> {
  const lists = Object.values(models).map(async ({ name, table }) =>
    (await readAll(deployment, `/v1/${table}`)).map((row) => `${name} ${String(row.unified_id)}`),
  )
  return (await Promise.all(lists)).flat().toSorted()
}

/** The rows that there are to a reader who began with empty tables. */
function replay(changes: Change[]): string[] {
  const rows = new Set<string>()
  for (const { model, unified_id, kind } of changes) {
    const row = `${model} ${unified_id}`
    // What is created was not there, and everything else was.
    expect([kind, rows.has(row)]).toEqual([kind, kind !== 'created'])
    if (kind === 'deleted') rows.delete(row)
    else rows.add(row)
  }
  return [...rows].toSorted()
}

async function sync(body: object = {}): Promise<void> {
  expect(await deployment.sync(connection_id, body)).toMatchObject({ status: 'succeeded' })
  const open = (await readAll(deployment, `/v1/syncs?connection_id=${connection_id}`)).filter((one) => !one.finished_at)
  for (const { id } of open as SyncBody[]) await deployment.ended(id)
}

const someOf = (resource: string) => sandbox.truth(resource).map((object) => (object as { id: string }).id)

test('a consumer that follows while the resources are read at once gets every row once, and no gap', async () => {
  const seen: Change[] = []
  const consumer = '/v1/change-consumers/mirror'
  const commit = (cursor: number) => deployment.api.call('PUT', consumer, { body: { cursor } })
  await commit(0)
  let reading = true
  const done = sync().finally(() => (reading = false))
  for (let last = false; !last;) {
    last = !reading
    const { data, page } = await readPage(`consumer=mirror&limit=50&wait_seconds=1`)
    seen.push(...data)
    await commit(page.next_cursor)
    if (data.length > 0) last = false
  }
  await done
  expect(seen.map(({ number }) => number)).toEqual(seen.map((_, index) => index + 1))
  expect(new Set(seen.map(({ model }) => model)).size).toBeGreaterThanOrEqual(5)
  expect(replay(seen)).toEqual(await liveRows())
})

test('what changes at the source, known from events or from a full pass, is in the feed as what it is', async () => {
  const before = (await readPage('cursor=latest')).page.next_cursor
  const [changed, gone] = someOf('customer')
  const created = sandbox.mutate.create('customer', { name: 'Newest' })
  sandbox.mutate.update('customer', changed!, { name: 'Changed' })
  sandbox.mutate.remove('customer', gone!)
  const product = (sandbox.truth('product') as { id: string; active: boolean }[]).find(({ active }) => active)!
  sandbox.mutate.update('product', product.id, { active: false })
  await sync()
  const told = await readOn(before)
  const kindsOf = async (table: string, id: string) => {
    const rows = await readAll(deployment, `/v1/${table}?source_id=${id}&include_deleted=true`)
    return told.filter(({ unified_id }) => unified_id === rows[0]!.unified_id).map(({ kind }) => kind)
  }
  expect(await kindsOf('customers', created.id)).toEqual(['created'])
  expect(await kindsOf('customers', changed!)).toEqual(['updated'])
  expect(await kindsOf('customers', gone!)).toEqual(['deleted'])
  expect(await kindsOf('products', product.id)).toEqual(['archived'])
  await sync({ mode: 'full' })
  const all = await readOn(0)
  expect(replay(all)).toEqual(await liveRows())
  // Nothing had changed in between.
  expect(all).toHaveLength(before + told.length)
})
