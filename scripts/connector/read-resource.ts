import { isConnectorError, type Resource } from '@tributary/sdk'
import type { Item } from '../../engine/news.ts'
import type { OpenAdapter } from '../../engine/open.ts'
import { RestartPass } from '../../engine/read-page.ts'
import { readPages, toReadSource } from '../../engine/rehearse.ts'
import { LongWait } from '../../engine/retry.ts'

/** What came of the first pages of a resource, up to the end of the list, of `pages`, or of the source's patience. */
export type Reading = {
  items: Item[]
  pages: number
  /** There are further pages. */
  more: boolean
  /** Objects without an id that could be stored. */
  skipped: number
  /** Ids of those that the list only named, and that were read by `get`. */
  stubs: string[]
  requests: number
  failure?: { code: string; message: string }
}

export async function readResource(
  opened: OpenAdapter,
  resource: Resource,
  { pages, signal }: { pages: number; signal: AbortSignal },
): Promise<Reading> {
  const reading: Reading = { items: [], pages: 0, more: true, skipped: 0, stubs: [], requests: 0 }
  const before = opened.usage.requests
  try {
    await readInto(reading, readPages(toReadSource(opened, resource, signal)), pages)
  } catch (error) {
    reading.failure = toFailure(error)
  }
  return { ...reading, requests: opened.usage.requests - before }
}

async function readInto(reading: Reading, batches: ReturnType<typeof readPages>, pages: number): Promise<void> {
  for await (const batch of batches) {
    reading.items.push(...batch.items)
    reading.stubs.push(...batch.stubs)
    reading.skipped += batch.skipped
    reading.more = batch.position.ranges.length > 0
    if (++reading.pages >= pages) return
  }
}

/** What a sync would report. Anything else is a mistake of ours, and is thrown on. */
function toFailure(error: unknown): { code: string; message: string } {
  if (isConnectorError(error)) return { code: error.code, message: error.message }
  if (error instanceof LongWait)
    return { code: 'rate_limited', message: `${error.reason} (until ${error.until.toISOString()})` }
  if (error instanceof RestartPass) return { code: 'cursor_expired', message: error.message }
  throw error
}
