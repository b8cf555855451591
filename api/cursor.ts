import { z } from 'zod'
import { ApiError } from './errors.ts'

/** The places of one list, as texts that mean nothing to those who carry them. */
export type CursorCodec<Place> = { encode(place: Place): string; decode(cursor: string | undefined): Place | undefined }

/** A cursor holds the name of its list, so that one of another list is refused instead of giving some other page. */
export const cursorOf = <Place>(list: string, place: z.ZodType<Place>): CursorCodec<Place> => ({
  encode: (value) => Buffer.from(JSON.stringify([list, value])).toString('base64url'),
  decode: (cursor) => {
    if (cursor === undefined) return undefined
    const result = z.tuple([z.literal(list), place]).safeParse(parseText(cursor))
    if (!result.success) throw new ApiError('invalid_cursor', 'The cursor is not one of this list')
    return result.data[1]
  },
})

/** Cuts a list that was asked for with one row more than `limit`. */
export function pageOf<Row, Place>(rows: Row[], limit: number, place: (last: Row) => Place, codec: CursorCodec<Place>) {
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  return { data: shown, page: { next_cursor: last === undefined ? null : codec.encode(place(last)) } }
}

function parseText(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}
