import { isDate, toInstant, type Payload } from '@tributary/sdk'

export type TableColumn = {
  name: string
  type: 'boolean' | 'integer' | 'decimal' | 'date' | 'timestamp' | 'text' | 'json'
}

/** The columns of rows, in the order in which they first come, with the narrowest type that every value of a column has. */
export function columnsOf(rows: Payload[]): TableColumn[] {
  const types = new Map<string, Set<TableColumn['type']>>()
  for (const [name, value] of rows.flatMap((row) => Object.entries(row))) {
    if (!types.has(name)) types.set(name, new Set())
    if (value !== null) types.get(name)!.add(typeOf(value))
  }
  return [...types].map(([name, found]) => ({ name, type: common([...found]) }))
}

function typeOf(value: unknown): TableColumn['type'] {
  if (typeof value === 'boolean') return 'boolean'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'decimal'
  if (typeof value !== 'string') return 'json'
  if (isDate(value)) return 'date'
  return /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/.test(value) && toInstant(value) !== undefined ? 'timestamp' : 'text'
}

function common(found: TableColumn['type'][]): TableColumn['type'] {
  const [first = 'text', ...others] = found
  if (others.length === 0) return first
  if (found.every((type) => type === 'integer' || type === 'decimal')) return 'decimal'
  return found.every((type) => type === 'text' || type === 'date' || type === 'timestamp') ? 'text' : 'json'
}
