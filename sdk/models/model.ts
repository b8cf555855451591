import { z } from 'zod'

/** How a field lies in Postgres. `decimal` is a string in JSON, so that no amount is rounded on its way. */
export type ColumnType = 'text' | 'decimal' | 'integer' | 'boolean' | 'timestamp' | 'date' | 'json'
export type Field<Schema extends z.ZodType = z.ZodType> = { schema: Schema; column: ColumnType; filter: boolean }
type Options = { filter?: boolean }

const decimalPattern = /^-?\d+(\.\d+)?$/
const instant = z.iso.datetime({ offset: true })

const field =
  <Schema extends z.ZodType>(column: ColumnType, schema: Schema) =>
  (options: Options = {}) => ({ column, schema: schema.nullable().default(null), filter: options.filter ?? false })

/** Field kinds of a model. All are nullable: what the source leaves out stays null, nothing is invented. */
export const text = field('text', z.string())
export const decimal = field('decimal', z.string().regex(decimalPattern, 'must be a decimal like 12.50'))
export const integer = field('integer', z.number().int())
export const boolean = field('boolean', z.boolean())
export const timestamp = field('timestamp', instant)
export const date = field('date', z.iso.date())
export const json = <Schema extends z.ZodType>(schema: Schema) => field('json', schema)()
export const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values, options?: Options) =>
  field('text', z.enum(values))(options)

/** What every record has of its own, apart from the model's fields. The engine adds ids, times of sync and deletion. */
const commonFields = {
  source_id: z.string().min(1),
  created_at: instant.nullable().default(null),
  updated_at: instant.nullable().default(null),
  custom_fields: z.record(z.string(), z.json()).default({}),
}

/**
 * A unified model, defined once: the schema that mappers are held to, the table, the columns to write and to filter by,
 * and the OpenAPI document all follow from it.
 */
export function defineModel<const Name extends string, Fields extends Record<string, Field>>(definition: {
  name: Name
  table: string
  version: string
  fields: Fields
}) {
  const schemas = Object.fromEntries(
    Object.entries(definition.fields).map(([key, value]) => [key, value.schema]),
  ) as unknown as { [Key in keyof Fields]: Fields[Key]['schema'] }
  const schema = z.strictObject({ model: z.literal(definition.name), ...commonFields, ...schemas })
  return { ...definition, schema }
}
