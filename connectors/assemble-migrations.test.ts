import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import postgres from 'postgres'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { migrate } from '../db/migrate.ts'
import { createTestDatabase } from '../stack/test-database.ts'
import { assembleMigrations, connectorSql } from './assemble-migrations.ts'
import { loadRegistry } from './registry.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tributary-assemble-'))
})
afterEach(() => rm(root, { recursive: true }))

/** Connectors of these types, with these files in their folders of migrations. */
async function connectors(files: Record<string, Record<string, string>>) {
  for (const [type, migrations] of Object.entries(files))
    for (const [file, sql] of Object.entries(migrations)) {
      const path = join(root, type, 'migrations', file)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, sql)
    }
  return Object.keys(files).map((type) => ({ type, dir: join(root, type) }))
}

const HEADER = '-- Made by `npm run migrations:assemble` from the enabled connectors. Each part may be applied again.\n'

describe('assembled migrations', () => {
  test('are in numeric order, connectors of one number by name, each with its source', async () => {
    const given = await connectors({
      zebra: { '001_a.sql': 'SELECT 1;', '010_c.sql': 'SELECT 10;\n\n' },
      ant: { '002_b.sql': 'SELECT 2;\n', '001_z.sql': 'SELECT 11;' },
    })
    expect(await assembleMigrations(given)).toBe(
      `${HEADER}
-- ant/migrations/001_z.sql
SELECT 11;

-- zebra/migrations/001_a.sql
SELECT 1;

-- ant/migrations/002_b.sql
SELECT 2;

-- zebra/migrations/010_c.sql
SELECT 10;
`,
    )
  })

  test('are a statement that does nothing where no connector has any', async () => {
    await mkdir(join(root, 'empty', 'migrations'), { recursive: true })
    const given = [...(await connectors({ csv: {} })), { type: 'empty', dir: join(root, 'empty') }]
    const noOp = `${HEADER}\n-- No enabled connector has migrations.\nSELECT 1;\n`
    expect(await assembleMigrations(given)).toBe(noOp)
    expect(await assembleMigrations([])).toBe(noOp)
  })

  test('are the same text twice, in whatever order the connectors are given', async () => {
    const given = (await loadRegistry()).all().map(({ dir, manifest }) => ({ type: manifest.type, dir }))
    const first = await assembleMigrations(given)
    expect(first).toContain('CREATE OR REPLACE VIEW stripe_monthly_revenue WITH (security_invoker = true)')
    expect(await assembleMigrations(given)).toBe(first)
    expect(await assembleMigrations(given.toReversed())).toBe(first)
  })

  test('of our connectors may be applied again, and their views show each org its own rows alone', async () => {
    const database = await createTestDatabase()
    const sql = postgres(database.adminUrl, { max: 1 })
    const views = () => sql`
      select relname, array_to_string(reloptions, ',') as options from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('v', 'm') order by 1`
    const before = await views()
    await migrate({ ...database, connectorSql: await connectorSql(await loadRegistry()) })
    expect(await views()).toEqual(before)
    expect(before.length).toBeGreaterThan(1)
    expect(before.filter(({ options }) => options !== 'security_invoker=true')).toEqual([])
    await sql.end()
    await database.drop()
  })

  test.each([
    'view.sql',
    '1_view.sql',
    '0001_view.sql',
    '001-view.sql',
    '001_View.sql',
    '001_view.sql.bak',
    'README.md',
  ])('cannot hold a file called %s', async (file) => {
    const given = await connectors({ stripe: { '001_first.sql': 'SELECT 1;', [file]: 'SELECT 2;' } })
    await expect(assembleMigrations(given)).rejects.toThrow(`stripe/migrations/${file}: name it by three digits`)
  })

  test('cannot have one number twice in a connector', async () => {
    const given = await connectors({ stripe: { '001_b.sql': '', '001_a.sql': '', '002_c.sql': '' } })
    await expect(assembleMigrations(given)).rejects.toThrow(
      'stripe/migrations: 001_a.sql and 001_b.sql have one number; give one of them the next',
    )
  })
})
