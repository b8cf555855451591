import postgres from 'postgres'
import { digestOf, type Digest } from './canonical.ts'
import type { BenchSandbox } from './stand/sandbox.ts'

/** A resource of the sandbox, and how to get at what a contender has kept of it. */
export type Kept = {
  resource: string
  /** Gives one column `object`, the JSON text of each row's object. */
  query: string
  /** Where not the whole object is kept: of these fields the truth is asked. */
  fields?: string[]
  /** Gives the number of rows that were derived from the objects. */
  derived?: string
}

/** Whether all of it is what the source has: counts, and hashes over (id, canonical payload). Says what is not. */
export async function checkTruth(databaseUrl: string, sandbox: BenchSandbox, all: Kept[]): Promise<string | undefined> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} })
  try {
    for (const kept of all) {
      const wrong = await checkOne(sql, sandbox, kept)
      if (wrong) return `${kept.resource}: ${wrong}`
    }
    return undefined
  } finally {
    await sql.end()
  }
}

async function checkOne(sql: postgres.Sql, sandbox: BenchSandbox, kept: Kept): Promise<string | undefined> {
  const truth = await sandbox.digest(kept.resource, kept.fields)
  const found = await digestRows(sql, kept)
  if (found.count !== truth.count) return `${found.count} objects of ${truth.count}`
  if (found.hash !== truth.hash) return 'objects differ from the source’s'
  if (!kept.derived) return undefined
  const [row] = await sql.unsafe<{ count: number }[]>(kept.derived)
  return Number(row!.count) === truth.count ? undefined : `${row!.count} records of ${truth.count}`
}

async function digestRows(sql: postgres.Sql, { query, fields }: Kept): Promise<Digest> {
  const objects: object[] = []
  await sql
    .unsafe<{ object: string }[]>(query)
    .cursor(2000, (rows) => void objects.push(...rows.map(({ object }) => JSON.parse(object) as object)))
  return digestOf(objects, fields)
}
