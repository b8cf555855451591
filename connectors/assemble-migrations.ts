/** Connectors' own SQL (views, indexes): numbered files that may be applied again and again. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Registry } from './registry.ts'

type MigrationSource = { type: string; dir: string }
type Migration = { number: string; type: string; file: string; path: string }

/**
 * `migrations/NNN_name.sql` of each connector's folder, in numeric order, connectors of one number by name. The same folders
 * give the same text. Throws where a file is not numbered, or a connector uses a number twice.
 */
export async function assembleMigrations(connectors: MigrationSource[]): Promise<string> {
  const found = (await Promise.all(connectors.map(listMigrations))).flat().toSorted(byNumberThenType)
  const parts = await Promise.all(found.map(withSource))
  return [HEADER, ...(parts.length > 0 ? parts : [NOTHING])].join('\n')
}

const HEADER = '-- Made by `npm run migrations:assemble` from the enabled connectors. Each part may be applied again.\n'
const NOTHING = '-- No enabled connector has migrations.\nSELECT 1;\n'
const NAME = /^(\d{3})_[a-z0-9_]+\.sql$/

async function listMigrations({ dir, type }: MigrationSource): Promise<Migration[]> {
  const files = await readdir(join(dir, 'migrations')).catch(noFolder)
  const migrations = files.map((file) => ({
    number: numberOf(type, file),
    type,
    file,
    path: join(dir, 'migrations', file),
  }))
  for (const { file, number } of migrations) {
    const other = migrations.find((migration) => migration.number === number && migration.file < file)
    if (other)
      throw new Error(`${type}/migrations: ${other.file} and ${file} have one number; give one of them the next`)
  }
  return migrations
}

function noFolder(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return []
  throw error
}

function numberOf(type: string, file: string): string {
  const number = NAME.exec(file)?.[1]
  if (number) return number
  throw new Error(`${type}/migrations/${file}: name it by three digits and what it makes, like 001_monthly_revenue.sql`)
}

const byNumberThenType = (a: Migration, b: Migration) => (`${a.number} ${a.type}` < `${b.number} ${b.type}` ? -1 : 1)

async function withSource({ file, path, type }: Migration): Promise<string> {
  const sql = await readFile(path, 'utf8')
  return `-- ${type}/migrations/${file}\n${sql.trimEnd()}\n`
}

/** The SQL of all connectors that are enabled here. */
export const connectorSql = (registry: Registry): Promise<string> =>
  assembleMigrations(registry.all().map(({ dir, manifest }) => ({ type: manifest.type, dir })))
