import type postgres from 'postgres'
import { tables, type Fields, type SandboxTable } from './tables.ts'

/** All rows as the connector is to give them, found in another way than its own: which columns come as text is known here. */
export async function readRows(sql: postgres.Sql, resource: string): Promise<object[]> {
  const table = tableOf(resource)
  return (await sql.unsafe<Shown[]>(`select ${shown(table)} from ${table.name} t`)).map(toRow)
}

export async function insertRows(sql: postgres.ISql, table: SandboxTable, rows: Fields[]): Promise<object[]> {
  const columns = [...new Set(rows.flatMap(Object.keys))].map(quote).join(', ')
  if (rows.length === 0) return []
  const inserted = await sql.unsafe<Shown[]>(
    `insert into ${table.name} as t (${columns}) select ${columns}
     from json_populate_recordset(null::${table.name}, $1::text::json) returning ${shown(table)}`,
    [JSON.stringify(rows)],
  )
  return inserted.map(toRow)
}

export async function updateRow(sql: postgres.Sql, resource: string, id: string, fields: Fields): Promise<object> {
  const table = tableOf(resource)
  const set = Object.keys(fields).map((name) => `${quote(name)} = r.${quote(name)}`)
  const [updated] = await sql.unsafe<Shown[]>(
    `update ${table.name} t set ${set.join(', ')} from json_populate_record(null::${table.name}, $2::text::json) r
     where ${isRow(table)} returning ${shown(table)}`,
    [keyOf(table, id), JSON.stringify(fields)],
  )
  return toRow(requireFound(updated, resource, id))
}

export async function deleteRow(sql: postgres.Sql, resource: string, id: string): Promise<void> {
  const table = tableOf(resource)
  const [deleted] = await sql.unsafe(`delete from ${table.name} t where ${isRow(table)} returning 1`, [
    keyOf(table, id),
  ])
  requireFound(deleted, resource, id)
}

type Shown = { whole: string; texts: string }
const toRow = ({ whole, texts }: Shown) => ({ ...(JSON.parse(whole) as object), ...(JSON.parse(texts) as object) })

const shown = ({ texts }: SandboxTable): string => {
  const parts = Object.entries(texts).map(([name, expression]) => `'${name}', ${expression}`)
  return `row_to_json(t.*)::text as whole, json_build_object(${parts.join(', ')})::text as texts`
}

const isRow = ({ key }: SandboxTable): string =>
  key.map((name, n) => `t.${quote(name)}::text = $1::text::json ->> ${n}`).join(' and ')
const keyOf = ({ key }: SandboxTable, id: string): string => (key.length === 1 ? JSON.stringify([id]) : id)

export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`

export function tableOf(resource: string): SandboxTable {
  const table = tables[resource]
  if (table) return table
  throw new Error(`postgres sandbox: there is no resource ${resource}`)
}

function requireFound<Found>(row: Found | undefined, resource: string, id: string): Found {
  if (row) return row
  throw new Error(`postgres sandbox: there is no ${resource} ${id}`)
}
