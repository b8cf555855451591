import { randomUUID } from 'node:crypto'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../stack/test-database.ts'

const OURS = randomUUID()
const THEIRS = randomUUID()
const connection_id = randomUUID()

let database: TestDatabase
let admin: postgres.Sql
let app: postgres.Sql

beforeAll(async () => {
  database = await createTestDatabase()
  admin = postgres(database.adminUrl, { max: 1, onnotice: () => {} })
  app = postgres(database.appUrl, { max: 1, onnotice: () => {}, connection: { TimeZone: 'Asia/Tokyo' } })
  // The rows that they hang on (orgs, connections) play no part in the views.
  await admin`set session_replication_role = replica`
})
afterAll(async () => {
  await Promise.all([admin.end(), app.end()])
  await database.drop()
})

type Row = Record<string, string | null>

function insert(table: string, org_id: string, row: Row) {
  const common = { unified_id: randomUUID(), connection_id, resource: table, source_system: 'stripe' }
  const id = { source_id: row.source_id ?? randomUUID(), external_id: 'x', schema_version: '1.0.0' }
  return admin`insert into ${admin(table)} ${admin({ org_id, ...common, ...id, custom_fields: '{}', ...row })}`
}

const select = (view: string, org_id: string) =>
  app.begin(async (tx) => {
    await tx`select set_config('app.org_id', ${org_id}, true), set_config('app.role', 'viewer', true)`
    return [...(await tx<Row[]>`select to_jsonb(v) - 'org_id' - 'connection_id' as row from ${tx(view)} v`)]
      .map(({ row }) => row)
      .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  })

test('monthly revenue is what succeeded, less what went back, by the month of UTC', async () => {
  const charge = { kind: 'charge', status: 'succeeded', currency: 'USD' }
  await insert('payments', OURS, { ...charge, amount: '10.10', paid_at: '2025-06-30T23:30:00Z' })
  await insert('payments', OURS, { ...charge, amount: '0.20', paid_at: '2025-06-01T00:00:00Z' })
  await insert('payments', OURS, { ...charge, amount: '7.00', paid_at: '2025-06-02T00:00:00Z', source_system: 'other' })
  await insert('payments', OURS, {
    ...charge,
    amount: '5.00',
    paid_at: '2025-06-02T00:00:00Z',
    deleted_at: '2025-06-03',
  })
  await insert('payments', OURS, { ...charge, amount: '99.00', paid_at: null, status: 'failed' })
  await insert('payments', OURS, { ...charge, amount: '500', paid_at: '2025-06-02T00:00:00Z', currency: 'JPY' })
  await insert('payments', OURS, { ...charge, kind: 'refund', amount: '3.05', paid_at: '2025-07-01T00:00:00Z' })
  await insert('payments', THEIRS, { ...charge, amount: '1000000.00', paid_at: '2025-06-02T00:00:00Z' })
  expect(await select('stripe_monthly_revenue', OURS)).toEqual([
    { month: '2025-06-01', currency: 'USD', charged: 10.3, refunded: 0, amount: 10.3 },
    { month: '2025-06-01', currency: 'JPY', charged: 500, refunded: 0, amount: 500 },
    { month: '2025-07-01', currency: 'USD', charged: 0, refunded: 3.05, amount: -3.05 },
  ])
})

test('active subscriptions come with their customers, of the same org and connection only', async () => {
  await insert('customers', OURS, { source_id: 'cus_1', email: 'ada@example.com', name: 'Ada' })
  await insert('customers', THEIRS, { source_id: 'cus_2', email: 'eve@example.com', name: 'Eve' })
  await insert('subscriptions', OURS, {
    source_id: 'sub_1',
    customer_id: 'cus_1',
    status: 'active',
    amount: '9.99',
    currency: 'USD',
  })
  await insert('subscriptions', OURS, { source_id: 'sub_2', customer_id: 'cus_2', status: 'trialing' })
  await insert('subscriptions', OURS, { source_id: 'sub_3', customer_id: 'cus_1', status: 'canceled' })
  await insert('subscriptions', THEIRS, { source_id: 'sub_4', customer_id: 'cus_2', status: 'active' })
  expect(await select('stripe_active_subscriptions', OURS)).toMatchObject([
    {
      subscription_id: 'sub_1',
      customer_email: 'ada@example.com',
      customer_name: 'Ada',
      amount: 9.99,
      currency: 'USD',
    },
    { subscription_id: 'sub_2', customer_email: null, customer_name: null, status: 'trialing', amount: null },
  ])
})
