import { eq, gt, type SQL } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'

type Value = string | number | boolean

/** No condition where the value is not given. */
export const equalIfGiven = (column: PgColumn, value: Value | undefined): SQL | undefined =>
  value === undefined ? undefined : eq(column, value)

/** Behind a place in the order of `column`; no condition where none is given. */
export const afterIfGiven = (column: PgColumn, value: Value | undefined): SQL | undefined =>
  value === undefined ? undefined : gt(column, value)
