import type { Change, Json, Page, ReadRequest, Upload } from '@tributary/sdk'
import { z } from 'zod'
import { replacedError } from './file-error.ts'
import { findKey, type Layout } from './layout.ts'
import { toValue } from './kinds.ts'
import { hash16 } from './repeats.ts'
import { identityOf, readRows, startOf, type Mark, type Row } from './rows.ts'
import type { Config } from './config.ts'

/** The rows from `after` on, at most `limit`. It seeks: what was read before is not looked at again. */
export async function readPage(
  { upload, config, layout }: { upload: Upload; config: Config; layout: Layout },
  { resource, after, limit }: ReadRequest,
): Promise<Page<Change>> {
  const { basis: revision, rows: total } = layout
  const toChange = createChange(resource.name, config, layout)
  const items: Change[] = []
  for await (const { rows, after: markAfter } of readRows(upload, layout, markOf(after, revision) ?? startOf(layout))) {
    const taken = rows.slice(0, limit - items.length)
    items.push(...taken.map(toChange))
    const last = taken.at(-1)
    if (!last || items.length < limit) continue
    const more = last.number < total
    return { items, more, ...(more && { next: { revision, ...markAfter(last) } }), revision, total }
  }
  return { items, more: false, revision, total }
}

const markSchema = z.object({ revision: z.string(), byte: z.number(), line: z.number(), row: z.number() })

function markOf(after: Json | undefined, revision: string): Mark | undefined {
  if (after === undefined || after === null) return undefined
  const { data: mark } = markSchema.safeParse(after)
  if (mark?.revision === revision) return mark
  throw replacedError()
}

function createChange(resource: string, config: Config, layout: Layout): (row: Row) => Change {
  const keyIndex = findKey(layout, config.key_column)
  const nulls = new Set(['', ...config.null_values])
  return (row) => {
    const identity = identityOf(row, keyIndex)
    const id = keyIndex === -1 ? `${hash16(identity)}-${layout.repeats.get(row.number) ?? 1}` : identity
    const values = layout.columns.map(({ name, type }, index) => {
      const field = row.fields[index] ?? ''
      return [name, toValue(nulls.has(field) ? null : field, type)] as const
    })
    return { resource, id, payload: Object.fromEntries(values) }
  }
}
