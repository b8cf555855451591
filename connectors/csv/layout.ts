import type { Upload } from '@tributary/sdk'
import { checkRows, refuseRepeatedKeys, type Checked } from './check-rows.ts'
import type { Config } from './config.ts'
import { fileError } from './file-error.ts'
import type { Kind } from './kinds.ts'
import { hash16 } from './repeats.ts'
import type { Shape } from './rows.ts'
import { findShape } from './shape.ts'

/** How a file lies, and what its columns hold. */
export type Layout = Omit<Shape, 'columns'> & { columns: { name: string; type: Kind }[]; rows: number; bytes: number }

/** What the rows of a file depend on, so what a layout and a cursor hold for: its content, and the settings by which it is read. */
export const basisOf = (upload: Upload, { delimiter, encoding, has_header, key_column, null_values }: Config): string =>
  hash16(JSON.stringify([upload.revision, delimiter, encoding, has_header, key_column, null_values]))

/**
 * Looks at the first `within` bytes of a file, and refuses it as a whole where a row is broken: rows that are left out would
 * look like deletions, and shifted columns are worse than none. Throws one error that names the first lines that are wrong.
 */
export async function checkFile(
  upload: Upload,
  config: Config,
  { within, signal }: { within: number; signal: AbortSignal },
): Promise<{ layout: Layout; file: Checked; repeated: BigUint64Array }> {
  const shape = await findShape(upload, config, within)
  const keyIndex = findKey(shape, config.key_column)
  const file = { upload, shape, keyIndex, nulls: new Set(config.null_values), within, signal }
  const { kinds, rows, bytes, repeated } = await checkRows(file)
  if (keyIndex !== -1) await refuseRepeatedKeys(file, repeated)
  const columns = shape.columns.map(({ name }, index) => ({ name, type: kinds[index] ?? 'text' }))
  return { layout: { ...shape, columns, rows, bytes }, file, repeated }
}

/** -1: a row is known by all that it holds. */
export function findKey({ columns }: Shape, key: string | undefined): number {
  if (key === undefined) return -1
  const index = columns.findIndex(({ name }) => name === key)
  if (index !== -1) return index
  throw fileError(`key_column is "${key}", and no column is called so; correct it, or leave it out`)
}
