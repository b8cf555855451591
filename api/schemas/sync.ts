import { z } from 'zod'
import { scans, syncModes } from '../../db/schema/index.ts'
import { instant } from './envelope.ts'

const count = z.number().int()
export const syncStatus = z.enum(['queued', 'running', 'succeeded', 'partial', 'failed', 'cancelled'])
export const syncParams = z.object({ sync_id: z.string() })
const mode = z.enum(['incremental', 'full'])

export const resourceNames = z
  .array(z.string().min(1))
  .min(1)
  .max(500)
  .nullable()
  .default(null)
  .describe('null: all of the connection')

export const syncInput = z
  .strictObject({
    mode: mode.default('incremental'),
    resources: resourceNames,
  })
  .nullish()
  .transform((body) => body ?? { mode: 'incremental' as const, resources: null })

const sync = {
  id: z.uuid(),
  connection_id: z.uuid(),
  mode: z.enum(syncModes),
  trigger: z.enum(['api', 'schedule', 'pass']),
  requested_resources: z.array(z.string()).nullable().describe('null: all of the connection'),
  status: syncStatus,
  served_by: z.uuid().nullable().describe('The sync whose run did the work, where one run serves several'),
  requested_by: z.string(),
  requested_at: instant,
  started_at: instant.nullable(),
  cancel_requested_at: instant.nullable(),
  finished_at: instant.nullable(),
  error_code: z.string().nullable(),
  error_message: z.string().nullable(),
}
export const syncOutput = z.object(sync).meta({ id: 'Sync' })

const resourceReport = z.object({
  resource: z.string(),
  scan: z.enum(scans).describe('How it was read; feed: from the events of the account'),
  status: z.enum(['running', 'succeeded', 'failed', 'cancelled']),
  note: z.string().nullable(),
  pages: count,
  fetched: count,
  created: count,
  updated: count,
  unchanged: count,
  stale: count,
  archived: count,
  deleted: count,
  suspected: count.describe('Not seen by a complete pass, but too many to be believed'),
  quarantined: count,
  skipped: count,
  errors: count,
  requests: count,
  throttled_ms: count,
  sweep: z.enum(['done', 'suspected', 'confirmed', 'refused']).nullable(),
  lag_ms: count.nullable().describe('How far behind the source it was when it ended'),
  total: count.nullable().describe('How many objects the source says there are'),
  waiting_for: z.string().nullable(),
  wait_until: instant.nullable(),
  started_at: instant,
  updated_at: instant,
  finished_at: instant.nullable(),
  error_code: z.string().nullable(),
  error_message: z.string().nullable(),
})

export const syncReport = z.object({ ...sync, resources: z.array(resourceReport) }).meta({ id: 'SyncReport' })
