import { ConnectorError, isConnectorError, type Change, type Page } from '@tributary/sdk'
import { readVersion } from './clock.ts'
import { isStorableId, toItem, type Item } from './news.ts'
import { behind, recut, type Range } from './ranges.ts'
import { withRetries } from './retry.ts'
import type { Source } from './source.ts'
import { isStub, readWhole } from './whole.ts'

/** As much of a source as reading takes, so that it can be done without a database (see rehearse.ts). */
export type ReadSource = Pick<
  Source,
  'entry' | 'adapter' | 'resource' | 'asked' | 'scan' | 'clock' | 'usage' | 'signal' | 'revision' | 'checkFence'
>

/** What a page held. */
export type ReadPage = {
  items: Item[]
  skipped: number
  /** Ids of what the list only named, and that was read by id. */
  stubs: string[]
  /** Version of the oldest of what it shows. */
  sent_at: number
  total?: number | undefined
  reached?: string | undefined
  revision?: string | undefined
  /** What remains of the range behind it. */
  rest: Range | undefined
}

/** Thrown where a list cannot be gone on with: its pass has to start again. */
export class RestartPass extends Error {
  override name = 'RestartPass'
}

/** One page of a range, its objects whole. `visited`: every mark of the range so far, by which a list that leads back is noticed. */
export async function readPage(source: ReadSource, range: Range, visited: Set<string>): Promise<ReadPage> {
  const version = readVersion(source.clock)
  const [page] = await Promise.all([requestPage(source, range), source.checkFence()])
  if (page === 'cut') return { items: [], skipped: 0, stubs: [], sent_at: version, rest: recutOrRestart(source, range) }
  refuseLoop(source, visited, page)
  const known = page.items.filter((change) => isStorableId(change.id))
  const stubs = known.filter(isStub).map((change) => change.id)
  const read = await readWhole(source, stubs)
  const whole = known.filter((change) => !isStub(change))
  const items = [...whole.map((change) => toItem(source.resource, change, { origin: 'read', version })), ...read]
  // A row that lags behind the request was not seen later than it says.
  const sent_at = items.reduce((oldest, item) => Math.min(oldest, item.version), version)
  const { total, reached, revision } = page
  const skipped = page.items.length - known.length
  return { items, skipped, stubs, sent_at, total, reached, revision, rest: behind(source.scan, range, page) }
}

async function requestPage(source: ReadSource, { from, to, after }: Range): Promise<Page<Change> | 'cut'> {
  const { adapter, resource, asked, revision } = source
  if (!adapter.read)
    throw new ConnectorError('unsupported', `${source.entry.manifest.type}: it cannot read ${resource.name}`)
  const request = {
    ...{ resource, scan: asked, limit: resource.pageSize },
    ...(to !== undefined && { window: { to, ...(from !== undefined && { from }) } }),
    ...(after !== undefined && { after }),
    ...(asked === 'full' && revision && { revision }),
  }
  try {
    return await withRetries(() => adapter.read!(request), source)
  } catch (error) {
    if (isConnectorError(error) && error.code === 'cursor_expired') return 'cut'
    throw error
  }
}

function recutOrRestart(source: ReadSource, range: Range): Range {
  const rest = recut(source.scan, range)
  if (!rest) throw new RestartPass(`${source.resource.name}: the source has forgotten where the list was`)
  return rest
}

/** A page that leads to itself, or to where the list was just before, would be read for ever. */
function refuseLoop(source: ReadSource, visited: Set<string>, page: Page<Change>): void {
  if (!page.more) return
  const next = JSON.stringify(page.next)
  if (page.next === undefined || visited.has(next))
    throw new ConnectorError(
      'invalid_request',
      `${source.entry.manifest.type}: the list of ${source.resource.name} leads back to a page that was read already`,
    )
  visited.add(next)
}
