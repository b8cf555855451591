/**
 * `npm run migrations:assemble [-- FILE]`: the SQL of all enabled connectors (views, indexes) as one file, to be looked at or
 * to be applied by hand. `npm run migrate` applies the same text.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { connectorSql } from '../connectors/assemble-migrations.ts'
import { loadRegistry } from '../connectors/registry.ts'

const [file = '.tributary/connector-migrations.sql'] = process.argv.slice(2)
const registry = await loadRegistry()
await mkdir(dirname(file), { recursive: true })
await writeFile(file, await connectorSql(registry))
console.log(
  `${file}: the SQL of ${
    registry
      .all()
      .map(({ manifest }) => manifest.type)
      .join(', ') || 'no connector'
  }`,
)
