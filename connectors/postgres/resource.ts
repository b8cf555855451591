import { createHash } from 'node:crypto'
import { defineResource, mappingFields, pointerTo, type Resource } from '@tributary/sdk'
import { fullName } from './choose-tables.ts'
import type { Config } from './config.ts'
import { configError } from './errors.ts'
import type { Table } from './table.ts'

/** A table as a resource. Throws where its mapping names a column that it lacks, or a field that the model lacks. */
export function toResource(table: Table, { models, hold_back_seconds: holdBackSeconds }: Config): Resource {
  const name = resourceName(table)
  const mapped = models[fullName(table)]
  return defineResource({
    name,
    collectionKey: `postgres_${name.replace('.', '_')}`,
    full: { by: 'pages' },
    ...(table.cursor && { incremental: { by: 'time', field: table.cursor.name, split: 'asc', holdBackSeconds } }),
    pageSize: 1000,
    getSize: 100,
    details: table,
    ...(mapped && { model: mapped.model, mapping: toPointers(table, mapped) }),
  })
}

const PLAIN = /^[a-z][a-z0-9_]*\.[a-z0-9_]+$/

/** `public.orders`. A name with other characters is written with what can be kept of it, and told from its like by a hash. */
function resourceName(table: Pick<Table, 'schema' | 'table'>): string {
  const name = fullName(table)
  if (PLAIN.test(name)) return name
  const hash = createHash('sha256')
    .update(JSON.stringify([table.schema, table.table]))
    .digest('hex')
    .slice(0, 8)
  return `${slug(table.schema)}.${slug(table.table)}_${hash}`
}

const slug = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+|_$/g, '') || 'x'

function toPointers(table: Table, { model, mapping }: Config['models'][string]): Record<string, string> {
  const fields = mappingFields(model)
  const columns = new Set(table.columns.map(({ name }) => name))
  for (const [field, column] of Object.entries(mapping)) {
    const target = `models maps ${column} of ${fullName(table)} to ${field}`
    if (!fields.has(field)) throw configError(`${target}, and ${model} has no such field`, 'correct it')
    if (!columns.has(column)) throw configError(`${target}, and there is no such column`, 'correct it')
  }
  return Object.fromEntries(Object.entries(mapping).map(([field, column]) => [field, pointerTo(column)]))
}
