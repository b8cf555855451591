import type { Resource } from '@tributary/sdk'
import { z } from 'zod'
import { postgresError } from './errors.ts'

/** `type` as a statement has to name it. */
const keyColumn = z.object({ name: z.string(), type: z.string(), is_required: z.boolean() })
const tableSchema = z.object({
  schema: z.string(),
  table: z.string(),
  /** `as`: what a value is made, before it becomes JSON. */
  columns: z.array(z.object({ name: z.string(), type: z.string(), as: z.string().optional() })),
  key: z.array(keyColumn).min(1),
  cursor: keyColumn.optional(),
})
export type KeyColumn = z.infer<typeof keyColumn>
/** All that has to be known of a table to read it. Its names and types are the catalogue's. */
export type Table = z.infer<typeof tableSchema>

/** What `discover` has put into the resource. */
export function tableOf({ name, details }: Resource): Table {
  const { data } = tableSchema.safeParse(details)
  if (data) return data
  throw postgresError('invalid_request', `${name} was found by another version of this connector; sync again`)
}
