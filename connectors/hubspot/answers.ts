import { ConnectorError, jsonItems, type RawItem } from '@tributary/sdk'
import { z } from 'zod'
import { unreadable } from './client.ts'
import { word } from './refusal.ts'

/** What the connector itself looks at in an object; the rest is the mapper's. */
export type HubspotObject = { id?: unknown; archivedAt?: unknown; properties?: Record<string, unknown> | null }
export type Answer = { objects: RawItem[]; next?: string; total?: number }

const envelopeShape = z.object({
  total: z.number().optional(),
  paging: z.object({ next: z.object({ after: z.string().min(1) }).nullish() }).nullish(),
  status: z.string().optional(),
  errors: z.array(z.object({ category: word })).optional(),
})
type Envelope = z.output<typeof envelopeShape>

/** The list in an answer, each element with its exact text. Throws `upstream_unavailable` where it is not all that was asked for. */
export function parseAnswer(text: string, request: string): Answer {
  const { envelope, items } = parse(text, request)
  refusePart(envelope, request)
  return {
    objects: items.filter(({ payload }) => payload !== null),
    next: envelope.paging?.next?.after,
    total: envelope.total,
  }
}

export const idOf = ({ id }: HubspotObject): string => (typeof id === 'string' ? id : '')

function parse(text: string, request: string) {
  try {
    const { envelope, items } = jsonItems(text, 'results')
    return { envelope: envelopeShape.parse(envelope), items }
  } catch {
    throw unreadable(request)
  }
}

/** A batch that fails in part is a 207. That an object is not there, or has no associations, is an answer; all else is none. */
function refusePart({ status = 'COMPLETE', errors = [] }: Envelope, request: string) {
  const failed = errors.find(({ category }) => category !== 'OBJECT_NOT_FOUND')
  if (status === 'COMPLETE' && !failed) return
  const reason = failed?.category ?? word.parse(status) ?? 'no reason'
  throw new ConnectorError('upstream_unavailable', `hubspot: ${request} was done in part (${reason}); ask again`)
}
