import { defineSandbox, type Sandbox } from '@tributary/sdk/sandbox'
import type postgres from 'postgres'
import { makeDatabase } from './sandbox/database.ts'
import { createMutations } from './sandbox/mutations.ts'
import { readRows, tableOf } from './sandbox/rows.ts'
import { tables } from './sandbox/tables.ts'

export type PostgresSandbox = Sandbox & {
  /** Ends every connection of its user, as an operator or a restart does. */
  terminate(): Promise<void>
  /** Keeps everybody from a table, as a migration does, until what it gives is called: reading it runs into its timeout. */
  lock(resource: string): Promise<() => Promise<void>>
}

/** A database of its own, with tables of invented people and of all that makes tables awkward. */
export default defineSandbox<PostgresSandbox>({
  name: 'postgres',
  counts: { customers: 400, orders: 1200, readings: 300, items: 200 },
  credentials: { user: 'sandbox_reader', password: 'tributary_demo_password' },
  needsPostgres: true,
  async launch(plan) {
    const sql = await makeDatabase(plan)
    const { hostname: host, port, pathname } = new URL(plan.postgresUrl!)
    const database = decodeURIComponent(pathname.slice(1))
    const deleted = new Map<string, string[]>()
    const url = `postgres://${host}:${port}${pathname}`
    return {
      url,
      config: { host, port: Number(port), database, sslmode: 'disable', ...settings },
      credentials: plan.credentials,
      account: { id: await accountOf(sql), mode: 'live' },
      resources: Object.keys(tables),
      truth: (resource) => readRows(sql, resource),
      deleted: (resource) => deleted.get(resource) ?? [],
      mutate: createMutations(sql, plan, deleted),
      clock: plan.clock,
      example: `psql '${url.replace('//', `//${plan.credentials.user}@`)}' --command 'table public.customers limit 3'`,
      terminate: async () => {
        await sql`select pg_terminate_backend(pid) from pg_stat_activity
          where usename = ${plan.credentials.user!} and datname = current_database()`
      },
      lock: (resource) => lock(sql, resource),
      close: () => sql.end({ timeout: 5 }),
    }
  },
})

const settings = {
  schemas: ['public', 'Sales'],
  key_columns: { 'public.order_totals': ['customer_id'] },
  cursor_columns: { 'public.customers': 'updated_at', 'public.orders': 'updated_at' },
  models: {
    'public.customers': {
      model: 'customer',
      mapping: {
        ...{ name: 'name', email: 'email', phone: 'phone', company: 'company', tags: 'tags' },
        ...{ created_at: 'created_at', updated_at: 'updated_at' },
        ...{ 'billing_address.street': 'street', 'billing_address.city': 'city', 'billing_address.state': 'state' },
        ...{ 'billing_address.postal_code': 'postal_code', 'billing_address.country': 'country' },
      },
    },
  },
}

async function accountOf(sql: postgres.Sql): Promise<string> {
  const [account] = await sql`select (select system_identifier from pg_control_system()) || '/' || oid as id
    from pg_database where datname = current_database()`
  return String(account!.id)
}

async function lock(sql: postgres.Sql, resource: string): Promise<() => Promise<void>> {
  const connection = await sql.reserve()
  await connection.unsafe(`begin; lock table ${tableOf(resource).name}`)
  return async () => {
    await connection`rollback`
    connection.release()
  }
}
