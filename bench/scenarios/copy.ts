/** `apply` alone against COPY, the fastest way into Postgres: the same rows, into the same tables without indexes or policies. */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import postgres from 'postgres'
import { onStage, showTable, type Bench } from '../bench.ts'
import { measureApply } from '../ours/apply.ts'
import type { Stage } from '../stage.ts'
import { show } from '../table.ts'

/** All that `apply` writes a row an object into. */
const TABLES = ['entities', 'customers', 'payments', 'changes']

export async function copy(bench: Bench): Promise<void> {
  const { rows: each } = bench.options
  const objects = 2 * each
  await onStage(bench, { customers: each, charges: each }, async (stage) => {
    const { created, dump } = await applyAndDump(stage)
    const seconds = await copyIn(stage, dump)
    const share = (100 * seconds) / created.seconds
    showTable(bench, 'apply against COPY', [
      { what: 'COPY, no indexes, no policies', 'objects/s': show(objects / seconds), 'of COPY’s rate': '100 %' },
      { what: 'apply', 'objects/s': show(objects / created.seconds), 'of COPY’s rate': `${show(share)} %` },
    ])
  })
}

type Dump = Map<string, Buffer[]>

async function applyAndDump(stage: Stage) {
  const database = await stage.postgres.create('ours')
  const { created } = await measureApply(stage, database)
  const sql = postgres(database.adminUrl, { max: 1 })
  const dump: Dump = new Map()
  for (const table of TABLES) {
    const chunks: Buffer[] = []
    for await (const chunk of await sql`copy ${sql(table)} to stdout`.readable()) chunks.push(chunk as Buffer)
    dump.set(table, chunks)
  }
  await sql.end()
  await database.drop()
  return { created, dump }
}

/** Two connections, as `apply` has for two resources. */
async function copyIn(stage: Stage, dump: Dump): Promise<number> {
  const database = await stage.postgres.create('ours')
  const sql = postgres(database.adminUrl, { max: 2, onnotice: () => {} })
  await dropIndexes(sql)
  const waiting = [...dump]
  const copyNext = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift())
      await pipeline(Readable.from(next[1]), await sql`copy ${sql(next[0])} from stdin`.writable())
  }
  const begin = performance.now()
  await Promise.all([copyNext(), copyNext()])
  const seconds = (performance.now() - begin) / 1000
  await sql.end()
  await database.drop()
  return seconds
}

async function dropIndexes(sql: postgres.Sql): Promise<void> {
  for (const table of TABLES) {
    const constraints = await sql<{ name: string }[]>`
      select conname as name from pg_constraint where conrelid = ${table}::regclass and contype in ('p', 'u')`
    for (const { name } of constraints) await sql`alter table ${sql(table)} drop constraint ${sql(name)}`
    const indexes = await sql<
      { name: string }[]
    >`select indexrelid::regclass::text as name from pg_index where indrelid = ${table}::regclass`
    for (const { name } of indexes) await sql`drop index ${sql(name)}`
  }
}
