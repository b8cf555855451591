import type { Upload } from '@tributary/sdk'
import { fileError } from './file-error.ts'
import { createKinds, type Kind } from './kinds.ts'
import { createHashes, hash16 } from './repeats.ts'
import { identityOf, readRows, startOf, type Row, type Shape } from './rows.ts'

/** A file in the act of being looked over. `keyIndex` is -1 where no column is the key. */
export type Checked = { upload: Upload; shape: Shape; keyIndex: number; nulls: Set<string>; signal: AbortSignal }

export type Checkup = { kinds: Kind[]; rows: number; bytes: number; repeated: Set<string> }

/** Looks at every row once; `repeated` are the hashes of identities that more than one row has. */
export async function checkRows(file: Checked): Promise<Checkup> {
  const { columns } = file.shape
  const { see, kinds } = createKinds(columns.length)
  const hashes = createHashes()
  const faults = createFaults()
  const total = { rows: 0, bytes: 0 }
  const look = (row: Row) => {
    const problem = keyProblem(row, file)
    if (problem) faults.add(row.record.line, problem)
    see(row.fields.map((field) => (file.nulls.has(field) ? '' : field)))
    hashes.add(hash16(identityOf(row, file.keyIndex)))
  }
  for await (const { rows, end } of readRows(file.upload, file.shape, startOf(file.shape), faults.add)) {
    file.signal.throwIfAborted()
    rows.forEach(look)
    Object.assign(total, { rows: total.rows + rows.length, bytes: end.byte })
  }
  faults.throwIfAny()
  return { ...total, kinds: kinds(), repeated: hashes.repeated() }
}

/** The rows whose like was there before, by number, with their ordinals. Throws where it is a key that is there twice. */
export async function placeRepeats(file: Checked, repeated: Set<string>): Promise<Map<number, number>> {
  const seen = new Map<string, { line: number; count: number }>()
  const faults = createFaults()
  const ordinals = new Map<number, number>()
  for await (const row of eachRow(file)) {
    const identity = identityOf(row, file.keyIndex)
    const hash = hash16(identity)
    if (!repeated.has(hash)) continue
    const like = file.keyIndex === -1 ? hash : identity // the id holds the hash, so what shares it needs an ordinal
    const { line, count } = seen.get(like) ?? { line: row.record.line, count: 0 }
    seen.set(like, { line, count: count + 1 })
    if (count > 0 && file.keyIndex !== -1) faults.add(row.record.line, `repeats the key of line ${line}`)
    if (count > 0) ordinals.set(row.number, count + 1)
  }
  faults.throwIfAny('choose another key_column, or none')
  return ordinals
}

async function* eachRow({ upload, shape, signal }: Checked): AsyncGenerator<Row> {
  for await (const { rows } of readRows(upload, shape, startOf(shape))) {
    signal.throwIfAborted()
    yield* rows
  }
}

const MAX_KEY = 512

function keyProblem({ fields }: Row, { keyIndex, nulls }: Checked): string | undefined {
  const key = fields[keyIndex]
  if (key === undefined) return undefined
  if (key === '' || nulls.has(key)) return 'has no value in the key column'
  if (key.length > MAX_KEY) return `has a key of more than ${MAX_KEY} characters`
  return /\p{Cc}/u.test(key) ? 'has a line break or another control character in its key' : undefined
}

const MOST_FAULTS = 5

/** The first few problems are told together, so that a person need not upload five times to find five. */
function createFaults() {
  const faults: string[] = []
  const fail = (advice: string) => {
    throw fileError(`${faults.join('; ')}; ${advice}`)
  }
  return {
    add: (line: number, problem: string) => {
      faults.push(`line ${line} ${problem}`)
      if (faults.length === MOST_FAULTS) fail('and perhaps more; correct the file, and upload it again')
    },
    throwIfAny: (advice = 'correct the file, and upload it again') => void (faults.length > 0 && fail(advice)),
  }
}
