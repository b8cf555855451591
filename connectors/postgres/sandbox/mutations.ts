import { createRandom, type Mutations, type SandboxPlan } from '@tributary/sdk/sandbox'
import type postgres from 'postgres'
import { deleteRow, insertRows, tableOf, updateRow } from './rows.ts'

/** What its people do to its tables. `deleted` learns the ids of what they remove. */
export function createMutations(sql: postgres.Sql, plan: SandboxPlan, deleted: Map<string, string[]>): Mutations {
  const random = createRandom(plan.seed, 'postgres mutations')
  const made = new Map<string, number>()
  /** As the applications that write in a table do it. */
  const stamp = (resource: string) =>
    tableOf(resource).ddl.includes('updated_at') ? { updated_at: new Date(plan.clock.now()).toISOString() } : {}
  return {
    async create(resource, fields) {
      const table = tableOf(resource)
      if (!table.rows) throw new Error(`postgres sandbox: ${resource} is a view`)
      const n = made.get(resource) ?? table.rows.count(plan.counts)
      made.set(resource, n + 1)
      const [row] = await insertRows(sql, table, [{ ...table.rows.invent(random, n), ...stamp(resource), ...fields }])
      return row!
    },
    update: (resource, id, fields) => updateRow(sql, resource, id, { ...stamp(resource), ...fields }),
    async remove(resource, id) {
      await deleteRow(sql, resource, id)
      deleted.set(resource, [...(deleted.get(resource) ?? []), id])
    },
  }
}
