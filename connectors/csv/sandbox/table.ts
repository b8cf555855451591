import { parse } from 'csv-parse/sync'

export type Line = Record<string, string>
export type Row = Record<string, string | number | boolean | null>
/** A file as who owns it sees it: lines that can be written anew. */
export type Table = {
  lines: Map<string, Line>
  deleted: string[]
  content(): Buffer
  /** The file has other lines from now on, and is saved by a program that writes plainly. */
  changed(): void
}

export const KEY = 'Customer No'
/** As the header of the file has them, made distinct. */
const COLUMNS = [
  ...[KEY, 'Name', 'E-Mail', 'Phone', 'Company', 'Street', 'City', 'State', 'Postal Code', 'Country'],
  ...['Customer since', 'Balance', 'Newsletter', 'Orders', 'Notes', 'Notes_2', 'column_17'],
]

/** Read by another parser than the connector's, so that each finds the other's mistakes. */
export function createTable(file: Buffer): Table {
  const lines = new Map(parseLines(file).map((line) => [line[KEY]!, line]))
  let content = file
  const changed = () => void (content = print([...lines.values()]))
  return { lines, deleted: [], content: () => content, changed }
}

const parseLines = (file: Buffer): Line[] =>
  parse<Line>(file, {
    bom: true,
    delimiter: ';',
    columns: () => COLUMNS,
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_empty_values: true,
  })

const print = (lines: Line[]): Buffer =>
  Buffer.from([COLUMNS, ...lines.map(fieldsOf)].map((fields) => `${fields.map(quoted).join(',')}\n`).join(''))

const fieldsOf = (line: Line): string[] => COLUMNS.map((name) => line[name] ?? '')

const quoted = (field: string): string => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)

/** A line as the connector is to give it. What the columns hold is known here, and has to be found out there. */
export const toRow = (line: Line): Row =>
  Object.fromEntries(COLUMNS.map((name) => [name, toValue(name, line[name] ?? '')]))

function toValue(name: string, field: string) {
  if (field === '') return null
  if (name === 'Orders') return Number(field)
  return name === 'Newsletter' ? field.toLowerCase() === 'true' : field
}
