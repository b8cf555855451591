import type { Upload } from '@tributary/sdk'
import { checkRows, placeRepeats } from './check-rows.ts'
import type { Config } from './config.ts'
import { fileError } from './file-error.ts'
import type { Kind } from './kinds.ts'
import { hash16 } from './repeats.ts'
import type { Shape } from './rows.ts'
import { findShape } from './shape.ts'

/** All that has to be known of a file to read any page of it, as long as it is this content under these settings. */
export type Layout = Omit<Shape, 'columns'> & {
  basis: string
  columns: { name: string; type: Kind }[]
  rows: number
  bytes: number
  /** Where no column is the key: of each row whose like was there before, by its number, the how-manieth it is. */
  repeats: Map<number, number>
}

/** What the rows of a file depend on, so what a layout and a cursor hold for: its content, and the settings by which it is read. */
export const basisOf = (upload: Upload, { delimiter, encoding, has_header, key_column, null_values }: Config): string =>
  hash16(JSON.stringify([upload.revision, delimiter, encoding, has_header, key_column, null_values]))

/**
 * Reads the whole file, in flat memory, and refuses it as a whole where a row is broken: rows that are left out would look
 * like deletions, and shifted columns are worse than none. Throws one error that names the first lines that are wrong.
 */
export async function findLayout(upload: Upload, config: Config, signal: AbortSignal): Promise<Layout> {
  const shape = await findShape(upload, config)
  const keyIndex = findKey(shape, config.key_column)
  const file = { upload, shape, keyIndex, nulls: new Set(config.null_values), signal }
  const { kinds, rows, bytes, repeated } = await checkRows(file)
  return {
    ...shape,
    basis: basisOf(upload, config),
    columns: shape.columns.map(({ name }, index) => ({ name, type: kinds[index] ?? 'text' })),
    rows,
    bytes,
    repeats: repeated.size > 0 ? await placeRepeats(file, repeated) : new Map(),
  }
}

/** -1: a row is known by all that it holds. */
export function findKey({ columns }: Shape, key: string | undefined): number {
  if (key === undefined) return -1
  const index = columns.findIndex(({ name }) => name === key)
  if (index !== -1) return index
  throw fileError(`key_column is "${key}", and no column is called so; correct it, or leave it out`)
}
