import { z } from 'zod'
import type { ConnectionRow } from '../../db/connections.ts'
import { anyJson, instant } from './envelope.ts'

const MIN_SCHEDULE_SECONDS = 5
const MAX_SCHEDULE_SECONDS = 31 * 24 * 3600
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export const isUuid = (text: string): boolean => UUID.test(text)

/** Ids and app_keys stand in the same place of a path, so no app_key may look like an id. */
const appKey = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'must be 1 to 63 lower-case letters, digits, _ or -')
  .refine((key) => !isUuid(key), 'must not look like an id')

export const connectionParams = z.object({ connection: z.string().describe('Id or app_key') })

const name = z.string().trim().min(1).max(200)
const config = z.record(z.string(), anyJson)
const schedule = z.number().int().min(MIN_SCHEDULE_SECONDS).max(MAX_SCHEDULE_SECONDS).nullable()
export const credentialsInput = z.record(z.string(), z.string().max(20_000))

/** Content for connectors that read a file: as text, or as base64 where it is not UTF-8. At most 10 MB. */
export const contentInput = { content: z.string().optional(), content_base64: z.base64().optional() }

export const testInput = z.strictObject({
  config: config.default({}),
  credentials: credentialsInput.default({}),
  ...contentInput,
})

export const connectionInput = z.strictObject({
  connector: z.string().min(1),
  name,
  app_key: appKey,
  config: config.default({}),
  credentials: credentialsInput.default({}),
  ...contentInput,
  schedule_seconds: schedule.default(null).describe('How often to sync; null: only when asked'),
  sync_from: instant
    .nullable()
    .default(null)
    .describe('Floors what a full sync asks for, where the source can be asked by time'),
})

export const connectionPatch = z
  .strictObject({ name, schedule_seconds: schedule, sync_from: instant.nullable(), config })
  .partial()

export const accountOutput = z.object({ id: z.string(), mode: z.enum(['live', 'test']) })

export const connectionOutput = z
  .object({
    id: z.uuid(),
    connector: z.string(),
    app_key: z.string(),
    name: z.string(),
    config,
    status: z.enum(['active', 'inactive', 'error']).describe('inactive: paused. error: stopped, see status_reason'),
    status_reason: z.string().nullable(),
    sync_status: z.enum(['idle', 'syncing', 'error', 'success']),
    error_message: z.string().nullable(),
    last_sync_at: instant.nullable(),
    last_validated_at: instant.nullable(),
    supported_events: z.array(
      z.object({ event_type: z.string(), schema_reference: z.string(), description: z.string() }),
    ),
    sync_from: instant.nullable(),
    schedule_seconds: z.number().nullable(),
    account: accountOutput.describe('Who the credentials are at the source'),
    created_by: z.string(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'Connection' })

/** What clients see of a connection. Credentials lie in another table and have no way here. */
export const toConnection = (row: ConnectionRow): z.output<typeof connectionOutput> => ({
  ...row,
  config: row.config as z.output<typeof config>,
})
