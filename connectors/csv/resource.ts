import { defineResource, mappingFields, pointerTo, type Resource } from '@tributary/sdk'
import type { Config } from './config.ts'
import { fileError } from './file-error.ts'
import type { Layout } from './layout.ts'

/** The one resource of a file: its rows. */
export const toResource = ({ model, mapping }: Config): Resource =>
  defineResource({
    name: 'row',
    collectionKey: 'csv_row',
    full: { by: 'pages' },
    pageSize: 1000,
    ...(model && mapping && { model, mapping: pointersOf(mapping) }),
  })

/** Throws where the mapping names a column that the file lacks, or a field that the model lacks. */
export function checkMapping({ columns }: Layout, { model, mapping }: Config) {
  const names = new Set(columns.map(({ name }) => name))
  const fields = model && mappingFields(model)
  for (const [field, column] of Object.entries(mapping ?? {})) {
    if (!fields?.has(field)) throw fileError(`mapping.${field}: ${model} has no such field; correct the mapping`)
    if (!names.has(column))
      throw fileError(`mapping.${field}: no column is called "${column}"; correct the mapping, or the file's first row`)
  }
}

const pointersOf = (mapping: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(mapping).map(([field, column]) => [field, pointerTo(column)]))
