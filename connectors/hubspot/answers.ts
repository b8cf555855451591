import { jsonItems, type RawItem } from '@tributary/sdk'
import { z } from 'zod'
import { unreadable } from './client.ts'

/** What the connector itself looks at in an object; the rest is the mapper's. */
export type HubspotObject = { id?: unknown; archivedAt?: unknown; properties?: Record<string, unknown> | null }
export type Answer = { objects: RawItem[]; next?: string; total?: number }

const envelopeShape = z.object({
  status: z.literal('COMPLETE').optional(),
  total: z.number().optional(),
  paging: z.object({ next: z.object({ after: z.string().min(1) }).nullish() }).nullish(),
  errors: z.array(z.object({ category: z.literal('OBJECT_NOT_FOUND') })).optional(),
})

/**
 * The list in an answer, each element with its exact text. Ids that a batch did not find are its only errors that are none:
 * they come with a 207 beside what was found. Throws `upstream_unavailable` where the answer is anything else.
 */
export function parseAnswer(text: string, request: string): Answer {
  try {
    const { envelope, items } = jsonItems(text, 'results')
    const { paging, total } = envelopeShape.parse(envelope)
    return { objects: items.filter(({ payload }) => payload !== null), next: paging?.next?.after, total }
  } catch {
    throw unreadable(request)
  }
}

export const idOf = ({ id }: HubspotObject): string => (typeof id === 'string' ? id : '')
