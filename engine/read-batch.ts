import { ConnectorError, isConnectorError, type Change, type Page, type ReadRequest } from '@tributary/sdk'
import { readVersion } from './clock.ts'
import { isStorableId, toItem, type Item } from './news.ts'
import { advance, cut, type Position } from './position.ts'
import { LongWait, withRetries } from './retry.ts'
import type { Source } from './source.ts'
import { isStub, readWhole } from './whole.ts'

/** A checkpoint covers at most this much. */
const MAX_PAGES = 5
const MAX_MS = 5000

export type ReadBatch = {
  items: Item[]
  pages: number
  skipped: number
  /** Ids of what the list only named, and that was read by id. */
  stubs: string[]
  /** Version of the oldest page. */
  sent_at: number
  total?: number | undefined
  position: Position
  /** Reading stops here for now. */
  wait?: LongWait
}

/** As much of a source as reading takes, so that it can be done without a database (see rehearse.ts). */
export type ReadSource = Pick<
  Source,
  | 'entry'
  | 'adapter'
  | 'resource'
  | 'asked'
  | 'scan'
  | 'clock'
  | 'usage'
  | 'signal'
  | 'revision'
  | 'visited'
  | 'checkFence'
>

/** Thrown where a list cannot be gone on with: its pass has to start again. */
export class RestartPass extends Error {
  override name = 'RestartPass'
}

/** Reads up to five pages from `position`. A long wait after the first of them ends the batch, so that what was read is kept. */
export async function readBatch(source: ReadSource, position: Position, maxPages = MAX_PAGES): Promise<ReadBatch> {
  const sent_at = readVersion(source.clock)
  const batch: ReadBatch = { items: [], pages: 0, skipped: 0, stubs: [], sent_at, position }
  const deadline = Date.now() + MAX_MS
  while (!batch.position.done && batch.pages < maxPages && Date.now() < deadline) {
    try {
      await readPage(source, batch)
    } catch (error) {
      if (!(error instanceof LongWait) || batch.pages === 0) throw error
      return { ...batch, wait: error }
    }
  }
  return batch
}

async function readPage(source: ReadSource, batch: ReadBatch): Promise<void> {
  const version = readVersion(source.clock)
  const [page] = await Promise.all([requestPage(source, batch.position), source.checkFence()])
  if (page === 'cut') return void (batch.position = cutOrRestart(source, batch.position))
  refuseLoop(source, batch.position, page)
  const known = page.items.filter((change) => isStorableId(change.id))
  const stubs = known.filter(isStub).map((change) => change.id)
  const read = await readWhole(source, stubs)
  const whole = known.filter((change) => !isStub(change))
  const items = [...whole.map((change) => toItem(source.resource, change, { origin: 'read', version })), ...read]
  batch.items.push(...items)
  // A row that lags behind the request was not seen later than it says.
  batch.sent_at = items.reduce((oldest, item) => Math.min(oldest, item.version), batch.sent_at)
  batch.stubs.push(...stubs)
  batch.skipped += page.items.length - known.length
  batch.pages++
  batch.total = page.total ?? batch.total
  batch.position = advance(batch.position, page)
}

async function requestPage(source: ReadSource, position: Position): Promise<Page<Change> | 'cut'> {
  const { adapter, resource } = source
  if (!adapter.read)
    throw new ConnectorError('unsupported', `${source.entry.manifest.type}: it cannot read ${resource.name}`)
  try {
    return await withRetries(() => adapter.read!(toRequest(source, position)), source)
  } catch (error) {
    if (isConnectorError(error) && error.code === 'cursor_expired') return 'cut'
    throw error
  }
}

function toRequest({ resource, asked, revision }: ReadSource, position: Position): ReadRequest {
  return {
    resource,
    scan: asked,
    limit: resource.pageSize,
    ...(position.window && { window: position.window }),
    ...(position.after !== undefined && { after: position.after }),
    ...(asked === 'full' && revision && { revision }),
  }
}

function cutOrRestart(source: ReadSource, position: Position): Position {
  const rest = cut(source.scan, position)
  if (!rest) throw new RestartPass(`${source.resource.name}: the source has forgotten where the list was`)
  return rest
}

/** A page that leads to itself, or to where the list was just before, would be read for ever. */
function refuseLoop(source: ReadSource, position: Position, page: Page<Change>): void {
  if (position.revision && page.revision && page.revision !== position.revision)
    throw new RestartPass(`${source.resource.name}: the content changed while it was read`)
  if (!page.more) return
  const next = JSON.stringify(page.next)
  if (page.next === undefined || source.visited.has(next))
    throw new ConnectorError(
      'invalid_request',
      `${source.entry.manifest.type}: the list of ${source.resource.name} leads back to a page that was read already`,
    )
  source.visited.add(next)
}
