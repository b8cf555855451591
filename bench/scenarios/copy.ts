/** `apply` alone against COPY, the fastest way into Postgres: the same rows, into the same tables without indexes or policies. */
import { createReadStream } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import postgres from 'postgres'
import { onStage, showTable, type Bench } from '../bench.ts'
import { measureApply } from '../ours/apply.ts'
import type { Stage } from '../stage.ts'
import { show } from '../table.ts'

/** All that `apply` writes a row an object into. */
const TABLES = ['entities', 'customers', 'payments', 'changes']
const CHUNK_BYTES = 256 * 1024

export async function copy(bench: Bench): Promise<void> {
  const { rows: each } = bench.options
  const objects = 2 * each
  await onStage(bench, { customers: each, charges: each }, async (stage) => {
    const folder = await mkdtemp(join(tmpdir(), 'tributary-bench-rows-'))
    // The server, which may be another user's, writes there.
    await chmod(folder, 0o777)
    const created = await applyAndDump(stage, folder)
    const copied = await copyIn(stage, folder)
    await rm(folder, { recursive: true })
    showTable(bench, 'apply against COPY', [
      { what: 'COPY, no indexes, no policies', 'objects/s': show(objects / copied), 'of COPY’s rate': '100 %' },
      { what: 'apply', 'objects/s': show(objects / created), 'of COPY’s rate': `${show((100 * copied) / created)} %` },
    ])
  })
}

/** Gives the seconds that `apply` took. */
async function applyAndDump(stage: Stage, folder: string): Promise<number> {
  const database = await stage.postgres.create('ours')
  const { created } = await measureApply(stage, database)
  const sql = postgres(database.adminUrl, { max: 1 })
  for (const table of TABLES) await sql.unsafe(`copy ${table} to '${join(folder, table)}'`)
  await sql.end()
  await database.drop()
  return created.seconds
}

/** On two connections, as `apply` has for two resources. Gives the seconds that it took. */
async function copyIn(stage: Stage, folder: string): Promise<number> {
  const database = await stage.postgres.create('ours')
  const sql = postgres(database.adminUrl, { max: 2, onnotice: () => {} })
  for (const table of TABLES) await dropIndexes(sql, table)
  const waiting = [...TABLES]
  const copyNext = async () => {
    for (let table = waiting.shift(); table; table = waiting.shift()) {
      const rows = createReadStream(join(folder, table), { highWaterMark: CHUNK_BYTES })
      await pipeline(rows, await sql`copy ${sql(table)} from stdin`.writable())
    }
  }
  const begin = performance.now()
  await Promise.all([copyNext(), copyNext()])
  const seconds = (performance.now() - begin) / 1000
  await sql.end()
  await database.drop()
  return seconds
}

async function dropIndexes(sql: postgres.Sql, table: string): Promise<void> {
  const constraints = await sql<{ name: string }[]>`
    select conname as name from pg_constraint where conrelid = ${table}::regclass and contype in ('p', 'u')`
  for (const { name } of constraints) await sql`alter table ${sql(table)} drop constraint ${sql(name)}`
  const indexes = await sql<{ name: string }[]>`
    select indexrelid::regclass::text as name from pg_index where indrelid = ${table}::regclass`
  for (const { name } of indexes) await sql`drop index ${sql(name)}`
}
