import postgres from 'postgres'
import { models } from '@tributary/sdk/models'
import type { SyncResult } from './progress.ts'

type Say = (line: string) => void

/** What each sync did, a line a resource. */
export function showReports(results: SyncResult[], say: Say): void {
  const rows = results.flatMap(({ connection, report }) =>
    report.resources.map((resource) => [
      `${connection.connector} ${resource.resource}`,
      resource.status,
      ...[resource.fetched, resource.created, resource.updated, resource.unchanged, resource.quarantined].map(String),
    ]),
  )
  table(['resource', 'outcome', 'fetched', 'created', 'updated', 'unchanged', 'quarantined'], rows, say)
  for (const { report } of results) if (report.error_message) say(`  ${report.error_message}`)
}

/** How many rows each unified table holds now. */
export async function showTables(adminUrl: string, say: Say): Promise<void> {
  const sql = postgres(adminUrl, { max: 1 })
  const tables = ['entities', 'quarantine', ...Object.values(models).map((model) => model.table)]
  const rows = await Promise.all(
    tables.map(async (name) => {
      const [row] = await sql<{ rows: string }[]>`select count(*) as rows from ${sql(name)}`
      return [name, row!.rows]
    }),
  )
  await sql.end()
  table(['table', 'rows'], rows, say)
}

export function showLinks(options: { apiUrl: string; apiKey: string; temporalUi: string | undefined }, say: Say): void {
  const { apiUrl, apiKey, temporalUi } = options
  const curl = (path: string) => say(`  curl -H 'Authorization: Bearer ${apiKey}' '${apiUrl}${path}'`)
  say('Try it:')
  curl('/v1/customers?limit=2')
  curl('/v1/invoices?status=overdue&limit=2&include=raw')
  curl('/v1/syncs?limit=5')
  say(`API reference  ${apiUrl}/docs`)
  if (temporalUi) say(`Temporal UI    ${temporalUi}`)
}

function table(head: string[], rows: string[][], say: Say): void {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]!.length)))
  const line = (cells: string[]) =>
    say(
      `  ${cells.map((cell, column) => (/^\d+$/.test(cell) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!))).join('  ')}`.trimEnd(),
    )
  say('')
  line(head)
  line(widths.map((width) => '─'.repeat(width)))
  rows.forEach(line)
  say('')
}
