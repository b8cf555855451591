import { findRelations, type Column, type Relation } from './catalogue.ts'
import type { Client } from './client.ts'
import type { Config } from './config.ts'
import { configError } from './errors.ts'
import type { KeyColumn, Table } from './table.ts'

/**
 * The tables that a connection reads. One without a key is left out, unless it is asked for by its name: a row that cannot be
 * told from others cannot be found again, so a change of it would be a deletion and a new object.
 * Throws `config_invalid` for whatever the config names that is not there.
 */
export async function chooseTables(client: Client, config: Config): Promise<Table[]> {
  const relations = new Map((await findRelations(client, config)).map((relation) => [fullName(relation), relation]))
  checkNames(config, relations)
  const tables = [...relations].flatMap(([name, relation]) => toTable(config, name, relation))
  if (tables.length > 0) return tables
  throw configError(
    `there is no table with a key that the user may read in ${config.schemas.join(', ')}`,
    'name others, or grant it SELECT',
  )
}

export const fullName = ({ schema, table }: { schema: string; table: string }): string => `${schema}.${table}`

function checkNames(config: Config, relations: Map<string, Relation>): void {
  const named = {
    tables: config.tables ?? [],
    key_columns: Object.keys(config.key_columns),
    cursor_columns: Object.keys(config.cursor_columns),
    models: Object.keys(config.models),
  }
  for (const [setting, names] of Object.entries(named)) {
    const unknown = names.find((name) => !relations.has(name))
    if (unknown)
      throw configError(
        `${setting} names ${unknown}, and no such table is read`,
        'correct it, or grant the user SELECT on it',
      )
  }
}

function toTable(config: Config, name: string, { schema, table, columns, key }: Relation): Table[] {
  const pick = pickFrom(name, columns ?? [])
  const chosen = config.key_columns[name]?.map((column) => pick('key_columns', column)) ?? keyOf(columns ?? [], key)
  if (!chosen && !isWanted(config, name)) return []
  if (!chosen)
    throw configError(`${name} has no key that the user may read`, 'name columns in key_columns, or add a primary key')
  const cursor = config.cursor_columns[name]
  return [
    {
      ...{ schema, table, key: chosen.map(toKeyColumn) },
      columns: (columns ?? []).map(({ name, type, ...rest }) => ({ name, type, ...writtenAs(rest) })),
      ...(cursor !== undefined && { cursor: toKeyColumn(requireTime(name, pick('cursor_columns', cursor))) }),
    },
  ]
}

const pickFrom =
  (table: string, columns: Column[]) =>
  (setting: string, name: string): Column => {
    const found = columns.find((column) => column.name === name)
    if (found) return found
    throw configError(`${setting} names ${name}, and ${table} has no such column that the user may read`, 'correct it')
  }

function keyOf(columns: Column[], key: string[] | null): Column[] | undefined {
  const found = key?.flatMap((name) => columns.filter((column) => column.name === name))
  return found?.length === key?.length ? found : undefined
}

const isWanted = ({ tables, cursor_columns, models }: Config, name: string): boolean =>
  tables?.includes(name) || name in cursor_columns || name in models

const toKeyColumn = ({ name, cast, is_required }: Column): KeyColumn => ({ name, type: cast, is_required })

const TIMES = ['timestamp with time zone', 'timestamp without time zone']

/** Of a day one cannot say how much of it was read. */
function requireTime(table: string, column: Column): Column {
  if (!column.is_array && TIMES.includes(column.base)) return column
  throw configError(
    `cursor_columns names ${column.name} of ${table}, which is of the type ${column.type}`,
    'choose a column of the type timestamptz or timestamp',
  )
}

/**
 * A number of JSON is read by most as a double, which has no 9007199254740993 and no 0.10; and money is written as its locale
 * wants it. As text both keep every digit, whoever reads them.
 */
function writtenAs({ base, is_array }: Pick<Column, 'base' | 'is_array'>): { as?: string } {
  const types = EXACT.get(base)
  return types ? { as: types.map((type) => `::${type}${is_array ? '[]' : ''}`).join('') } : {}
}

const EXACT = new Map([
  ['bigint', ['text']],
  ['numeric', ['text']],
  ['money', ['numeric', 'text']],
])
