import { sql, type SQL, type SQLChunk } from 'drizzle-orm'

/** A column of many rows, as text; `type` is what Postgres makes of it. */
export type BulkColumn = { name: string; type: string; values: (string | null)[] }

// Record and unit separator: JSON text cannot hold them raw, and `toPostgresText` takes them out of all other text.
const SEPARATOR = '\u001e'
const NULL = '\u001f'

/**
 * Rows as a relation `alias(names…)`, each column sent as one string: the fastest way into Postgres short of COPY, which row
 * level security refuses, and without its limit of 65,535 values. A column that has one value throughout, as many have that a
 * source leaves empty, is sent once.
 */
export function unnest(columns: BulkColumn[], alias: string): SQL {
  const varied = columns.filter((column, index) => index === 0 || !isConstant(column))
  const read = columns.map((column) => (varied.includes(column) ? sql.identifier(column.name) : constant(column)))
  return sql`(select ${list(read)} from unnest(${list(varied.map(toArray))}) as u(${list(varied.map(nameOf))}))
    as ${sql.identifier(alias)}`
}

const list = (parts: SQLChunk[]): SQL => sql.join(parts, sql`, `)
const nameOf = ({ name }: BulkColumn) => sql.identifier(name)
const isConstant = ({ values }: BulkColumn): boolean => values.every((value) => value === values[0])

const constant = ({ name, type, values }: BulkColumn): SQL =>
  sql`${values[0] ?? null}::text::${sql.raw(type)} as ${sql.identifier(name)}`

const toArray = ({ type, values }: BulkColumn): SQL =>
  sql`(string_to_array(${joined(values)}, E'\\x1e', E'\\x1f'))[2:]::${sql.raw(type)}[]`

/** The separator in front, cut off again by `[2:]`, keeps a single empty string apart from no rows at all. */
const joined = (values: (string | null)[]) =>
  sql`${values.reduce<string>((text, value) => text + SEPARATOR + (value ?? NULL), '')}::text`

export const textArray = (values: string[]): SQL => sql`(string_to_array(${joined(values)}, E'\\x1e'))[2:]`

// eslint-disable-next-line no-control-regex -- these are the characters meant
const UNSTORABLE = /[\u0000\u001e\u001f]/g

/** Text as Postgres can hold it: NUL, lone surrogates and our separators become U+FFFD. */
export function toPostgresText(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed()
  return wellFormed.replace(UNSTORABLE, '\ufffd')
}
