import type { ReadRequest } from '@tributary/sdk'
import type { Statement } from './client.ts'
import type { Table } from './table.ts'

/** A page ends behind the row with which it passes this, in bytes of text, and a row that is longer than the other is not given. */
export const PAGE_BYTES = 8 * 1024 * 1024
export const MAX_ROW_BYTES = 32 * 1024 * 1024

export type PageOptions = { limit: number; after?: string[]; window?: ReadRequest['window'] }

/**
 * The rows behind `after`, in the order of the cursor (where there is a window) and the key, one more than `limit`: each with
 * its key, its cursor, its text, and how much text there is up to it.
 */
export function pageStatement(table: Table, { limit, after, window }: PageOptions): Statement {
  const { values, bind } = createValues()
  const { key, cursor } = table
  const by = orderOf(table, window)
  const order = by.map(({ name }) => column(name)).join(', ')
  const bound = cursor && ((time: string) => `${bind(time)}::timestamptz::${cursor.type}`)
  const conditions = [
    ...key.filter(({ is_required }) => !is_required).map(({ name }) => `${column(name)} is not null`),
    ...(after ? [`(${order}) > (${by.map(({ type }, n) => `${bind(after[n]!)}::${type}`).join(', ')})`] : []),
    ...(window?.from ? [`${column(cursor!.name)} >= ${bound!(window.from)}`] : []),
    ...(window ? [`${column(cursor!.name)} < ${bound!(window.to)}`] : []),
  ]
  const rows = `select row_number() over (order by ${order}) as n, ${objectOf(table)}
    where ${['true', ...conditions].join(' and ')} order by ${order} limit ${bind(String(limit + 1))}::int8`
  return { text: upToPage(rows), values }
}

/** The rows with these keys, each a list of its columns’ texts. */
export function keysStatement(table: Table, keys: string[][]): Statement {
  const columns = table.key.map(({ name }) => column(name)).join(', ')
  const wanted = table.key.map(({ type }, n) => `(k.key ->> ${n})::${type}`).join(', ')
  const rows = `select row_number() over () as n, ${objectOf(table)}
    where (${columns}) in (select ${wanted} from json_array_elements($1::text::json) k (key))`
  return { text: upToPage(rows), values: [JSON.stringify(keys)] }
}

/** Fails where these texts are no values of the key's types. */
export function castStatement({ key }: Table, texts: string[]): Statement {
  const { values, bind } = createValues()
  return { text: `select ${key.map(({ type }, n) => `${bind(texts[n]!)}::${type}`).join(', ')}`, values }
}

/** What a scan goes by: that alone decides what `after` holds. */
export const orderOf = ({ key, cursor }: Table, window: PageOptions['window']): Table['key'] =>
  window && cursor ? [cursor, ...key] : key

/** `c.*`, since a column may be called c. */
function objectOf({ schema, table, columns, key, cursor }: Table): string {
  const texts = key.map(({ name }) => `${column(name)}::text`).join(', ')
  const values = columns.map(({ name, as = '' }) => `${column(name)}${as} as ${quote(name)}`).join(', ')
  const at = cursor ? `${column(cursor.name)}::text` : 'null'
  return `json_build_array(${texts})::text as key, ${at} as at, row_to_json(c.*)::text as doc
    from ${quote(schema)}.${quote(table)} t cross join lateral (select ${values}) c`
}

const upToPage = (rows: string): string => `
  select key, at, total::text, case when bytes <= ${MAX_ROW_BYTES} then doc end as doc
  from (
    select p.*, sum(bytes) over (order by n) as total
    from (select r.*, octet_length(doc) as bytes from (${rows}) r) p
  ) q
  where total - bytes <= ${PAGE_BYTES} order by n`

function createValues() {
  const values: string[] = []
  // As text first: postgres.js would write a time or a boolean in a form of its own.
  return { values, bind: (value: string) => `$${values.push(value)}::text` }
}

const column = (name: string): string => `t.${quote(name)}`

/** Also what the catalogue gives has to be quoted: people call columns "Order No", and worse. */
const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`
