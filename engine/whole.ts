/** What comes without its object (stubs, cut-off lists, ties) is read by id: one mechanism for all of them. */
import { ConnectorError, type Change } from '@tributary/sdk'
import { readVersion } from './clock.ts'
import { toItem, type Item } from './news.ts'
import { withRetries } from './retry.ts'
import type { Source } from './source.ts'

/** As much of a source as reading by id takes, so that a live read can do it too. */
type Readable = Pick<Source, 'entry' | 'adapter' | 'resource' | 'clock' | 'usage' | 'signal'>

const IN_FLIGHT = 4

/** Splits a page into whole objects and the ids of those that must be read; the rest have no id that could be stored. */
export const isStub = (change: Change): boolean => change.payload === undefined && change.op !== 'delete'

/** Reads objects by id. One that the source does not answer is gone, and comes as a deletion known by reading. */
export async function readWhole(source: Readable, ids: string[]): Promise<Item[]> {
  const { resource } = source
  const groups = chunk(ids, resource.getSize)
  const items: Item[] = []
  for (const round of chunk(groups, IN_FLIGHT))
    items.push(...(await Promise.all(round.map((group) => readGroup(source, group)))).flat())
  return items
}

async function readGroup(source: Readable, ids: string[]): Promise<Item[]> {
  const { adapter, resource, clock } = source
  if (!adapter.get)
    throw new ConnectorError(
      'unsupported',
      `${source.entry.manifest.type}: ${resource.name} came without its object and cannot be read by id`,
    )
  const version = readVersion(clock)
  const changes = await withRetries(() => adapter.get!(resource, ids), source)
  const answered = new Set(changes.map((change) => change.id))
  const gone = ids
    .filter((id) => !answered.has(id))
    .map((id): Change => ({ resource: resource.name, id, op: 'delete' }))
  return [...changes, ...gone].map((change) => toItem(resource, change, { origin: 'read', version }))
}

function chunk<Item>(items: Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}
