import { toInstant, type Change, type Page, type ReadRequest, type Resource } from '@tributary/sdk'
import type { Client, Row } from './client.ts'
import { configError, postgresError } from './errors.ts'
import { textsOf, toId } from './keys.ts'
import { orderOf, pageStatement, PAGE_BYTES, MAX_ROW_BYTES } from './statements.ts'
import { tableOf } from './table.ts'

/** Rows in the order of their key; of an incremental scan, of their cursor and then their key, so that no two share a place. */
export async function readPage({ ask }: Client, request: ReadRequest): Promise<Page<Change>> {
  const { resource, scan, limit } = request
  const table = tableOf(resource)
  if (scan === 'incremental' && !table.cursor)
    throw postgresError('unsupported', `${resource.name} has no cursor column; name one in cursor_columns`)
  const window = scan === 'incremental' ? request.window : undefined
  const after = placeFrom(request, orderOf(table, window).length)
  const rows = await ask(pageStatement(table, { limit, window, after }))
  if (!window) refuseRepeats(rows, resource)
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  const more = rows.length > limit || isCut(rows)
  return {
    items: page.map((row) => toChange(row, resource)),
    more,
    ...(more && last && { next: [...(window ? [last.at!] : []), ...keyOf(last)] }),
    ...(window && last && { reached: toInstant(last.at!) }),
  }
}

/** Throws `cursor_expired` where the table has another key, or cursor, than when the place was noted. */
function placeFrom({ after, resource }: ReadRequest, columns: number): string[] | undefined {
  if (after === undefined) return undefined
  const { data } = textsOf(columns).safeParse(after)
  if (data) return data
  throw postgresError('cursor_expired', `the key of ${resource.name} has changed; read it from its start`)
}

/** Only a key that the config names, or one that child tables share, can be there twice: such rows would replace each other. */
function refuseRepeats(rows: Row[], { name }: Resource): void {
  if (rows.every((row, n) => row.key !== rows[n + 1]?.key)) return
  throw configError(`${name} has several rows with one key`, 'name columns in key_columns that tell them apart')
}

export const isCut = (rows: Row[]): boolean => Number(rows.at(-1)?.total ?? 0) > PAGE_BYTES

export function toChange(row: Row, { name: resource }: Resource): Change {
  const { doc: raw } = row
  if (raw) return { resource, id: toId(keyOf(row)), payload: JSON.parse(raw) as object, raw }
  throw postgresError(
    'invalid_request',
    `${resource} has a row of more than ${MAX_ROW_BYTES / 1024 / 1024} MiB; read a view of it without its largest columns`,
  )
}

const keyOf = ({ key }: Row): string[] => JSON.parse(key!) as string[]
