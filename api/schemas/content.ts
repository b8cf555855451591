import { z } from 'zod'
import type { UploadRow } from '../../db/uploads.ts'
import { contentInput } from './connection.ts'
import { instant } from './envelope.ts'

/** A file is a stream, which no schema looks at: it is described only. */
const file = { type: 'string', format: 'binary' } as const

/** By the type of the body. */
export const contentBody = {
  content: {
    'multipart/form-data': {
      schema: z.any().meta({ type: 'object', properties: { file }, required: ['file'] }),
    },
    'text/csv': { schema: z.any().meta(file) },
    'application/octet-stream': { schema: z.any().meta(file) },
    'application/json': { schema: z.strictObject(contentInput).describe('Content of at most 10 MB') },
  },
}

export const contentOutput = z
  .object({
    revision: z.string().describe('Names the content: another content has another'),
    bytes: z.number(),
    uploaded_at: instant,
  })
  .meta({ id: 'Content' })

export const replacedContent = contentOutput
  .extend({ changed: z.boolean().describe('false: it is the content that the connection had already') })
  .meta({ id: 'ReplacedContent' })

export const toContent = ({ revision, bytes, created_at }: UploadRow): z.output<typeof contentOutput> => ({
  revision,
  bytes,
  uploaded_at: created_at,
})
