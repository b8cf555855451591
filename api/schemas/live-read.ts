import { z } from 'zod'
import type { LiveRead } from '../../engine/execute-integration-fetch.ts'
import { anyJson, instant } from './envelope.ts'

const object = z.record(z.string(), anyJson)
const column = z.object({
  name: z.string(),
  type: z.enum(['boolean', 'integer', 'decimal', 'date', 'timestamp', 'text', 'json']),
})
const common = { resource: z.string(), more: z.boolean(), fetched_at: instant }

/** A resource of the shape `table` gives columns and rows, one of the shape `events` a list of them. */
export const liveReadOutput = z
  .union([
    z.object({ ...common, columns: z.array(column), rows: z.array(object) }),
    z.object({ ...common, events: z.array(object) }),
  ])
  .meta({ id: 'LiveRead' })

/** The JSON text of a live read, with the source's objects exactly as they came. */
export function liveReadText({ resource, shape, columns, rows, more, fetched_at }: LiveRead): string {
  const objects = `[${rows.join(',')}]`
  const facts = JSON.stringify({ resource, more, fetched_at, ...(shape === 'table' && { columns }) })
  return `${facts.slice(0, -1)},"${shape === 'table' ? 'rows' : 'events'}":${objects}}`
}
