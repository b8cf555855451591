import { z } from 'zod'
import { catalogue, type ApiErrorCode } from '../errors.ts'

export const data = <Schema extends z.ZodType>(schema: Schema) => z.object({ data: schema })

/** A page of a list. `next_cursor` is null on the last one. */
export const page = <Schema extends z.ZodType>(schema: Schema) =>
  z.object({ data: z.array(schema), page: z.object({ next_cursor: z.string().nullable() }) })

export const errorEnvelope = z
  .object({
    error: z.object({
      code: z.enum(Object.keys(catalogue) as [ApiErrorCode]),
      message: z.string(),
      hint: z.string(),
      request_id: z.string(),
      problems: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    }),
  })
  .meta({ id: 'Error' })

const MAX_LIMIT = 200
const DEFAULT_LIMIT = 50

/** The query of every list. */
export const paging = {
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT),
  cursor: z.string().max(1000).optional().describe('`page.next_cursor` of the page before'),
}

/** Whatever JSON can say. (`z.json()` refers to itself, which OpenAPI documents of many routes do not get right.) */
export const anyJson = z.unknown()
export const flag = z.enum(['true', 'false']).transform((value) => value === 'true')
export const instant = z.iso.datetime({ offset: true })

/** 10 MB of content are 13.4 MB as base64, and about as much as a JSON string. */
export const CONTENT_BODY_LIMIT = 16 * 1024 * 1024
