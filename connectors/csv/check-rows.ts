import type { Upload } from '@tributary/sdk'
import { createFaults, MOST_FAULTS } from './faults.ts'
import { createKinds, type Kind } from './kinds.ts'
import type { Position } from './records.ts'
import { createHashes, createOrdinals, findRest, hash64 } from './repeats.ts'
import { identityOf, readRows, startOf, type Refuse, type Row, type Shape } from './rows.ts'

/** A file in the act of being looked over, as far as `within` bytes. `keyIndex` is -1 where no column is the key. */
export type Checked = {
  upload: Upload
  shape: Shape
  keyIndex: number
  nulls: Set<string>
  within: number
  signal: AbortSignal
}

/** `repeated` are the hashes of identities that more than one row has, in their order. */
export type Checkup = { kinds: Kind[]; rows: number; bytes: number; repeated: BigUint64Array }

/** Looks at every row. Throws one error that names the first lines that are wrong. */
export async function checkRows(file: Checked): Promise<Checkup> {
  const { see, kinds } = createKinds(file.shape.columns.length)
  const hashes = createHashes()
  const faults = createFaults()
  const total = { rows: 0, bytes: 0 }
  for await (const { rows, end } of eachBatch(file, faults.add)) {
    for (const row of rows) {
      const problem = keyProblem(row, file)
      if (problem) faults.add(row.record.line, problem)
      see(row.fields.map((field) => (file.nulls.has(field) ? '' : field)))
      hashes.add(hash64(identityOf(row, file.keyIndex)))
    }
    Object.assign(total, { rows: total.rows + rows.length, bytes: end.byte })
  }
  faults.throwIfAny()
  const repeated = await findRest(hashes.finish(), async (rest) => {
    for await (const { rows } of eachBatch(file))
      for (const row of rows) rest.add(hash64(identityOf(row, file.keyIndex)))
  })
  return { ...total, kinds: kinds(), repeated }
}

/** The batches of rows of as much of the file as is to be looked at. */
export async function* eachBatch(file: Checked, refuse?: Refuse): AsyncGenerator<{ rows: Row[]; end: Position }> {
  for await (const batch of readRows(file.upload, file.shape, startOf(file.shape), refuse)) {
    file.signal.throwIfAborted()
    yield batch
    if (batch.end.byte >= file.within) return
  }
}

/** Throws where a key is there twice, which all rows with one of these hashes may be. */
export async function refuseRepeatedKeys(file: Checked, repeated: BigUint64Array): Promise<void> {
  if (repeated.length === 0) return
  const again = await findAgain(file, repeated)
  const firsts = await findFirsts(file, new Set(again.map(({ key }) => key)))
  const faults = createFaults()
  for (const { key, line } of again)
    if (firsts.get(key) !== line) faults.add(line, `repeats the key of line ${firsts.get(key)}`)
  faults.throwIfAny('choose another key_column, or none')
}

/** The first few rows whose like was there before. */
async function findAgain(file: Checked, repeated: BigUint64Array): Promise<{ key: string; line: number }[]> {
  const ordinalOf = createOrdinals(repeated)
  const again: { key: string; line: number }[] = []
  for await (const { rows } of eachBatch(file)) {
    for (const row of rows) {
      const key = identityOf(row, file.keyIndex)
      if (ordinalOf(hash64(key)) > 1) again.push({ key, line: row.record.line })
      if (again.length === MOST_FAULTS) return again
    }
  }
  return again
}

/** In which line each of these keys stands first. */
async function findFirsts(file: Checked, keys: Set<string>): Promise<Map<string, number>> {
  const lines = new Map<string, number>()
  for await (const { rows } of eachBatch(file)) {
    for (const row of rows) {
      const key = identityOf(row, file.keyIndex)
      if (keys.has(key) && !lines.has(key)) lines.set(key, row.record.line)
    }
    if (lines.size === keys.size) break
  }
  return lines
}

const MAX_KEY = 512

function keyProblem({ fields }: Row, { keyIndex, nulls }: Checked): string | undefined {
  const key = fields[keyIndex]
  if (key === undefined) return undefined
  if (key === '' || nulls.has(key)) return 'has no value in the key column'
  if (key.length > MAX_KEY) return `has a key of more than ${MAX_KEY} characters`
  return /\p{Cc}/u.test(key) ? 'has a line break or another control character in its key' : undefined
}
