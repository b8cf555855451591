import { z } from 'zod'
import { models, type ColumnType, type ModelName } from './models/index.ts'

/**
 * What a `mapping` may fill in a model, and how each lies in Postgres: its fields, the source's own times, and the lines
 * of an object, as `billing_address.city`. (`source_id` is the entity's id, `custom_fields` what no pointer names.)
 */
export const mappingFields = (name: ModelName): Map<string, ColumnType> =>
  new Map<string, ColumnType>([
    ['created_at', 'timestamp'],
    ['updated_at', 'timestamp'],
    ...Object.entries(models[name].fields).flatMap(([key, field]) => [
      [key, field.column] as const,
      ...linesOf(field.schema).map((line) => [`${key}.${line}`, 'text'] as const),
    ]),
  ])

function linesOf(schema: z.ZodType): string[] {
  const inner = unwrap(schema)
  if (!(inner instanceof z.ZodObject)) return []
  const shape: Record<string, z.ZodType> = inner.shape
  return Object.keys(shape).filter((key) => unwrap(shape[key]!) instanceof z.ZodString)
}

const unwrap = (schema: z.ZodType): z.ZodType =>
  schema instanceof z.ZodDefault || schema instanceof z.ZodNullable ? unwrap(schema.unwrap() as z.ZodType) : schema
