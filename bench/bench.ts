import type { BenchOptions } from './options.ts'
import type { Stage } from './stage.ts'
import type { BenchPostgres } from './stand/postgres.ts'
import { startSandbox, type Counts } from './stand/sandbox.ts'
import { renderTable, type Row } from './table.ts'

/** What every scenario is given. */
export type Bench = {
  options: BenchOptions
  dir: string
  postgres: BenchPostgres
  say(line: string): void
}

/** A stage with a sandbox of its own, for as long as the work takes. */
export async function onStage<Result>(bench: Bench, counts: Counts, work: (stage: Stage) => Promise<Result>) {
  const sandbox = await startSandbox(counts)
  try {
    return await work({ dir: bench.dir, postgres: bench.postgres, sandbox })
  } finally {
    await sandbox.stop()
  }
}

export function showTable({ say }: Bench, title: string, rows: Row[]): void {
  say(`\n${title}\n\n${renderTable(rows)}\n`)
}
