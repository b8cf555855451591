import { z } from 'zod'
import type { Field, Model } from '@tributary/sdk/models'
import { anyJson, flag, instant, paging } from './envelope.ts'

const raw = anyJson.nullable().optional().describe('The object as its source gave it, with include=raw')
export const include = z.enum(['raw']).optional()

/** What a list of the model can be filtered by: the fields that its definition says, and where a record came from. */
export const filtersOf = (model: Model): Record<string, z.ZodType> =>
  Object.fromEntries(
    Object.entries<Field>(model.fields)
      .filter(([, field]) => field.filter)
      .map(([name, field]) => [name, filterOf(field).optional()]),
  )

export const unifiedQuery = (model: Model) =>
  z.strictObject({
    ...filtersOf(model),
    ...paging,
    connection_id: z.uuid().optional(),
    source_id: z.string().optional(),
    synced_after: instant.optional(),
    include_deleted: flag.default(false),
    include,
  })

export const unifiedOutput = (model: Model) =>
  z
    .object({
      unified_id: z.uuid(),
      connection_id: z.uuid(),
      source_system: z.string(),
      source_id: z.string(),
      resource: z.string(),
      external_id: z.string().describe('Of the entity that this record was made from'),
      schema_version: z.string(),
      created_at: instant.nullable().describe('By the source'),
      updated_at: instant.nullable().describe('By the source'),
      synced_at: instant,
      archived_at: instant.nullable(),
      deleted_at: instant.nullable(),
      custom_fields: z.record(z.string(), anyJson),
      ...Object.fromEntries(
        Object.entries<Field>(model.fields).map(([name, field]) => [name, valueOf(field).nullable()]),
      ),
      raw,
    })
    .meta({ id: titleOf(model) })

export const titleOf = (model: Model): string => model.name[0]!.toUpperCase() + model.name.slice(1)

function filterOf(field: Field): z.ZodType {
  if (field.column === 'boolean') return flag
  if (field.column === 'integer') return z.coerce.number().int()
  return valueOf(field)
}

/** A field's own schema, without its default of null. */
function valueOf({ schema }: Field): z.ZodType {
  const inner = schema instanceof z.ZodDefault ? schema.unwrap() : schema
  return (inner instanceof z.ZodNullable ? inner.unwrap() : inner) as z.ZodType
}
