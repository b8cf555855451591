import type { Change, Json, Page, ReadRequest, Upload } from '@tributary/sdk'
import { z } from 'zod'
import { replacedError } from './file-error.ts'
import { basisOf, findKey, type Layout } from './layout.ts'
import { toValue } from './kinds.ts'
import { readPlaces } from './place-repeats.ts'
import { hash16 } from './repeats.ts'
import { identityOf, readRows, startOf, type Mark, type Row } from './rows.ts'
import type { Survey } from './survey.ts'
import type { Config } from './config.ts'

/** The rows from `after` on, at most `limit`. It seeks: what was read before is not looked at again. */
export async function readPage(
  { upload, config, survey }: { upload: Upload; config: Config; survey: Survey },
  { resource, after, limit }: ReadRequest,
): Promise<Page<Change>> {
  const { layout, places } = survey
  const revision = basisOf(upload, config)
  const from = markOf(after, revision) ?? { ...startOf(layout), repeats: 0 }
  // As many as the page has rows is the most that it can need.
  const ordinals = await readPlaces(places, from.repeats, limit)
  const toChange = createChange(resource.name, config, { layout, ordinals })
  const page = { items: [] as Change[], revision, total: layout.rows }
  for await (const { rows, after: markAfter } of readRows(upload, layout, from)) {
    const taken = rows.slice(0, limit - page.items.length)
    page.items.push(...taken.map(toChange))
    const last = taken.at(-1)
    if (!last || page.items.length < limit) continue
    if (last.number === layout.rows) break
    const repeats = from.repeats + [...ordinals.keys()].filter((row) => row <= last.number).length
    return { ...page, more: true, next: { revision, ...markAfter(last), repeats } }
  }
  return { ...page, more: false }
}

/** `repeats`: how many of the rows before it have their like before them. */
type PageMark = Mark & { repeats: number }

const markSchema = z.object({
  revision: z.string(),
  byte: z.number(),
  line: z.number(),
  row: z.number(),
  repeats: z.number(),
})

function markOf(after: Json | undefined, revision: string): PageMark | undefined {
  if (after === undefined || after === null) return undefined
  const { data: mark } = markSchema.safeParse(after)
  if (mark?.revision === revision) return mark
  throw replacedError()
}

function createChange(
  resource: string,
  config: Config,
  { layout, ordinals }: { layout: Layout; ordinals: Map<number, number> },
): (row: Row) => Change {
  const keyIndex = findKey(layout, config.key_column)
  const nulls = new Set(['', ...config.null_values])
  return (row) => {
    const identity = identityOf(row, keyIndex)
    const id = keyIndex === -1 ? `${hash16(identity)}-${ordinals.get(row.number) ?? 1}` : identity
    const values = layout.columns.map(({ name, type }, index) => {
      const field = row.fields[index] ?? ''
      return [name, toValue(nulls.has(field) ? null : field, type)] as const
    })
    return { resource, id, payload: Object.fromEntries(values) }
  }
}
