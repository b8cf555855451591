import type { Upload } from '@tributary/sdk'
import { fit } from './columns.ts'
import { lineError } from './file-error.ts'
import { readRecords, type Dialect, type FileRecord, type Position } from './records.ts'

/** How a file lies: where its rows begin, and what their columns are called. */
export type Shape = Dialect & { start: Position; columns: { name: string }[] }
/** One row as wide as the header; `number` counts from 1. */
export type Row = { fields: string[]; number: number; record: FileRecord }
/** Where a page ends and the next begins. */
export type Mark = Position & { row: number }
/** Is told of a row that does not fit. */
export type Refuse = (line: number, problem: string) => void

export const startOf = ({ start }: Pick<Shape, 'start'>): Mark => ({ ...start, row: 0 })

/** The rows behind a mark, as the pieces of the file complete them. One that does not fit is an error, unless `refuse` says otherwise. */
export async function* readRows(
  upload: Upload,
  { columns, ...dialect }: Shape,
  from: Mark,
  refuse: Refuse = throwAt,
): AsyncGenerator<{ rows: Row[]; after: (row: Row) => Mark; end: Position }> {
  let { row } = from
  for await (const { records, after, end } of readRecords(upload, dialect, from)) {
    const rows: Row[] = []
    for (const record of records) {
      const fields = fit(record.fields, columns.length)
      if (fields) rows.push({ fields, number: ++row, record })
      else refuse(record.line, `has ${record.fields.length} columns where the header has ${columns.length}`)
    }
    yield { rows, end, after: ({ record, number }) => ({ ...after(record), row: number }) }
  }
}

/** What makes a row this row: the value of its key column, or all that it holds. */
export const identityOf = ({ fields }: Row, keyIndex: number): string =>
  keyIndex === -1 ? JSON.stringify(fields) : fields[keyIndex]!

function throwAt(line: number, problem: string): never {
  throw lineError(line, problem)
}
