/** A pass without a database: read as `pullChunk` reads, decided as `apply` decides, kept in memory. For dry runs and the contract suite. */
import type { Resource } from '@tributary/sdk'
import { createSourceClock, readVersion } from './clock.ts'
import { decide, lastWords, rankOf, type News, type Stored, type Verdict } from './decide.ts'
import type { Item } from './news.ts'
import type { OpenAdapter } from './open.ts'
import { startPosition, type Position } from './position.ts'
import type { ReadSource } from './read-page.ts'
import { createReader, type ReadBatch } from './reader.ts'

type Opened = Pick<OpenAdapter, 'entry' | 'adapter'> & Partial<Pick<OpenAdapter, 'clock' | 'usage'>>

/** A resource of an opened connector, of which nothing was ever read. */
export const toReadSource = (opened: Opened, resource: Resource, signal: AbortSignal): ReadSource => ({
  clock: createSourceClock(),
  usage: { requests: 0, errors: 0, throttled_ms: 0 },
  ...opened,
  resource,
  asked: 'full',
  scan: resource.full,
  signal,
  revision: null,
  checkFence: () => Promise.resolve(),
})

/** A full pass page by page, from its beginning or from where another stopped. Throws as a reader does, LongWait included. */
export async function* readPages(
  source: ReadSource,
  from: Position = firstPosition(source),
): AsyncGenerator<ReadBatch, void> {
  const reader = createReader(source, from, { pages: 1, inFlight: 1 })
  try {
    for (let batch = await reader.next(); batch; batch = await reader.next()) yield batch
  } finally {
    await reader.stop()
  }
}

const firstPosition = ({ scan, clock }: ReadSource): Position =>
  startPosition(scan, { now: clock.now(), started_ms: readVersion(clock) }, null)

/** What is stored of each object, by id. */
export type Table = Map<string, Stored>

/** Writes a batch into the table as `apply` does into Postgres; gives what became of its objects. */
export function rehearse(table: Table, items: Item[]): Verdict[] {
  return lastWords(items).map(({ item, tied }) => {
    const { stored, verdict } = take(table.get(item.id), item)
    if (stored) table.set(item.id, stored)
    return { ...verdict, dirty: verdict.dirty || tied }
  })
}

/** One object's row behind one piece of news. */
export function take(stored: Stored | undefined, news: News): { stored: Stored | undefined; verdict: Verdict } {
  const verdict = decide(stored, news)
  const told = { version: news.version, rank: rankOf(news) }
  if (verdict.action === 'keep') return { stored: stored && verdict.advance ? { ...stored, ...told } : stored, verdict }
  const deleted = news.op === 'delete'
  const { hash, archived } = deleted ? { hash: '', archived: false, ...stored } : news
  return { stored: { hash, archived, deleted, ...told }, verdict }
}
