import { isDate, toInstant } from '@tributary/sdk'

/** From the narrowest. Money and ids must come out as they went in, so only a short whole number becomes a number. */
const tests: Record<Exclude<Kind, 'text'>, (value: string) => boolean> = {
  boolean: (value) => /^(true|false)$/i.test(value),
  integer: (value) => /^(0|-?[1-9]\d{0,14})$/.test(value),
  decimal: (value) => /^-?(0|[1-9]\d{0,14})(\.\d+)?$/.test(value),
  date: isDate,
  timestamp: (value) => /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/.test(value) && toInstant(value) !== undefined,
}
export const kindNames = ['boolean', 'integer', 'decimal', 'date', 'timestamp', 'text'] as const
export type Kind = (typeof kindNames)[number]

/** What each column holds, found by narrowing: a kind is kept only while every value fits it. */
export function createKinds(width: number): { see: (fields: string[]) => void; kinds: () => Kind[] } {
  const columns = Array.from({ length: width }, () => ({
    fitting: kindNames.filter((kind) => kind !== 'text'),
    seen: false,
  }))
  return {
    see: (fields) => {
      for (const [index, column] of columns.entries()) {
        const value = fields[index]
        if (!value || column.fitting.length === 0) continue
        column.fitting = column.fitting.filter((kind) => tests[kind](value))
        column.seen = true
      }
    },
    kinds: () => columns.map(({ fitting, seen }) => (seen && fitting[0]) || 'text'),
  }
}

/** A field as its column's kind. Decimals and times stay text, digit for digit. */
export function toValue(field: string | null, kind: Kind): string | number | boolean | null {
  if (field === null) return null
  if (kind === 'integer') return Number(field)
  return kind === 'boolean' ? field.toLowerCase() === 'true' : field
}
