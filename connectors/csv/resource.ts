import { defineResource, mappingFields, pointerTo, type Json, type Resource } from '@tributary/sdk'
import { z } from 'zod'
import type { Config } from './config.ts'
import { encodings } from './encoding.ts'
import { fileError } from './file-error.ts'
import { kindNames } from './kinds.ts'
import type { Layout } from './layout.ts'

/** The one resource of a file: its rows, with what `read` wants to know of the file in `details`. */
export const toResource = (layout: Layout, { model, mapping }: Config): Resource =>
  defineResource({
    name: 'row',
    collectionKey: 'csv_row',
    full: { by: 'pages' },
    pageSize: 1000,
    details: toDetails(layout),
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

/** What a resource remembers of its file; undefined if that was another file, other settings, or not everything. */
export function layoutFrom({ details }: Resource, basis: string): Layout | undefined {
  const { data: layout } = layoutSchema.safeParse(details)
  return layout?.basis === basis ? layout : undefined
}

/** A cursor's neighbour in the database should stay small; with more than this, `read` looks at the file again. */
const MAX_REPEATS = 1000

const toDetails = ({ repeats, ...rest }: Layout): Json =>
  repeats.size > MAX_REPEATS ? { ...rest } : { ...rest, repeats: [...repeats] }

const layoutSchema = z.object({
  basis: z.string(),
  encoding: z.enum(encodings),
  delimiter: z.string(),
  start: z.object({ byte: z.number(), line: z.number() }),
  columns: z.array(z.object({ name: z.string(), type: z.enum(kindNames) })),
  rows: z.number(),
  bytes: z.number(),
  repeats: z.array(z.tuple([z.number(), z.number()])).transform((places) => new Map(places)),
}) satisfies z.ZodType<Layout>

const pointersOf = (mapping: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(mapping).map(([field, column]) => [field, pointerTo(column)]))
