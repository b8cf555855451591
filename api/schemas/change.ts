import { z } from 'zod'
import { modelNames } from '@tributary/sdk/models'
import { changeKinds } from '../../db/schema/index.ts'
import { instant } from './envelope.ts'

const MAX_LIMIT = 1000
const MAX_WAIT_SECONDS = 30

/** The number of a change; 0: before the first. */
const cursor = z.number().int().nonnegative()

const consumerName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'must be 1 to 63 lower-case letters, digits, _ or -')

export const changesQuery = z
  .strictObject({
    cursor: z
      .string()
      .regex(/^(\d{1,15}|latest)$/, 'must be the number of a change, or latest')
      .optional()
      .describe('`page.next_cursor` of the page before; 0, if left out. latest: behind the newest change'),
    consumer: consumerName.optional().describe('Begin where this consumer stands'),
    model: z.enum(modelNames).optional(),
    connection_id: z.uuid().optional(),
    limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(100),
    wait_seconds: z.coerce
      .number()
      .int()
      .min(0)
      .max(MAX_WAIT_SECONDS)
      .default(0)
      .describe('How long to wait for a change where there is none yet'),
  })
  .refine((query) => query.cursor === undefined || query.consumer === undefined, {
    path: ['consumer'],
    message: 'give either a cursor or a consumer',
  })

const changeOutput = z
  .object({
    number: z.number().int().describe('Its place in the order of commits'),
    model: z.enum(modelNames),
    unified_id: z.uuid(),
    connection_id: z.uuid(),
    resource: z.string(),
    kind: z.enum(changeKinds).describe('created: also of a row that comes back after it was deleted'),
    changed_at: instant,
  })
  .meta({ id: 'Change' })

/** There is always a next cursor: a reader polls on from it. */
export const changesPage = z.object({ data: z.array(changeOutput), page: z.object({ next_cursor: cursor }) })

export const consumerParams = z.object({ name: consumerName })

export const consumerInput = z.strictObject({
  cursor: cursor.describe('The number of the last change that was dealt with'),
  force: z.boolean().default(false).describe('Go back, too'),
})

export const consumerOutput = z.object({ name: z.string(), cursor, updated_at: instant }).meta({ id: 'ChangeConsumer' })
