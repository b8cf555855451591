/** Applies the events of a connection, in the order in which they happened, each with its effect in one transaction. */
import { isConnectorError, type Resource } from '@tributary/sdk'
import { listPending, markEvents, markHints, type PendingEvent } from '../db/events.ts'
import { asWorker, inOrg } from '../db/tenancy.ts'
import { apply, type Batch } from './apply.ts'
import type { EngineDeps } from './deps.ts'
import { toItem, type Item } from './news.ts'
import type { OpenConnection } from './open.ts'
import { waitForVersion } from './settle-ties.ts'
import { takeUsage, type Metered } from './source.ts'
import { isStub, readWhole } from './whole.ts'

const BATCH = 500

export type Drained = OpenConnection & Metered & { signal: AbortSignal }
/** `sync_id`: the run whose report this is added to. `fence`: the connection's epoch, whoever reads its resources meanwhile. */
export type Drain = { fence: number; sync_id?: string; onBatch(): void }

/** Until none is pending. Throws ConnectorError where an object has to be read and cannot be; its event stays pending. */
export async function drain(deps: EngineDeps, source: Drained, input: Drain): Promise<void> {
  await drainAll(deps, source, false, async (resource, events) => {
    await applyEvents(deps, source, input, { resource, events })
    input.onBatch()
  })
  await drainAll(deps, source, true, async (resource, hints) => {
    await readHinted(deps, source, input, { resource, events: hints })
    input.onBatch()
  })
}

type Group = { resource: Resource; events: PendingEvent[] }

async function drainAll(
  deps: EngineDeps,
  { connection, entry }: Drained,
  hint: boolean,
  work: (resource: Resource, events: PendingEvent[]) => Promise<void>,
): Promise<void> {
  const key = { org_id: connection.org_id, connection_id: connection.id }
  const next = () => inOrg(deps.db, asWorker(key.org_id), (tx) => listPending(tx, key, hint, BATCH))
  for (let events = await next(); events.length > 0; events = await next())
    for (const resource of entry.manifest.resources) {
      const group = events.filter((event) => event.resource === resource.name)
      if (group.length > 0) await work(resource, group)
    }
}

/** What an event leaves in doubt, or does not hold, is read afterwards. */
async function applyEvents(deps: EngineDeps, source: Drained, input: Drain, group: Group): Promise<void> {
  const told = group.events.map((event) => ({ event, ...readEvent(source, group.resource, event) }))
  const items = told.flatMap(({ item }) => item ?? [])
  await inOrg(deps.db, asWorker(source.connection.org_id), async (tx) => {
    const { dirty } = await apply(tx, batchOf(source, input, group.resource, items))
    const unclear = new Set(source.adapter.get ? dirty.map(({ id }) => id) : [])
    const toRead = told.filter(({ event, isHint }) => isHint || unclear.has(event.external_id))
    const dead = told.filter(({ refused }) => refused !== undefined)
    await markHints(tx, keyOf(source), idsOf(toRead))
    for (const { event, refused } of dead)
      await markEvents(tx, keyOf(source), [event.unified_id], { status: 'dead', last_error: refused! })
    const open = new Set([...toRead, ...dead])
    await markEvents(tx, keyOf(source), idsOf(told.filter((row) => !open.has(row))), { status: 'done' })
  })
}

type Told = { item?: Item; isHint?: boolean; refused?: string }

function readEvent({ entry, adapter }: Drained, resource: Resource, event: PendingEvent): Told {
  try {
    const { change } = entry.connector.readEvent!(event.payload)
    if (!change || isStub(change)) return adapter.get ? { isHint: true } : { refused: 'it does not hold its object' }
    return { item: toItem(resource, change, { origin: 'event', version: Date.parse(event.occurred_at) }) }
  } catch (error) {
    // The words of another error may quote the event.
    return { refused: isConnectorError(error) ? error.message : 'it cannot be read' }
  }
}

/** An object that several events name is read once. */
async function readHinted(deps: EngineDeps, source: Drained, input: Drain, group: Group): Promise<void> {
  const { resource, events } = group
  await waitForVersion(source, Math.max(...events.map((event) => Date.parse(event.occurred_at))))
  const items = await readWhole({ ...source, resource }, [...new Set(events.map((event) => event.external_id))])
  await inOrg(deps.db, asWorker(source.connection.org_id), async (tx) => {
    await apply(tx, batchOf(source, input, resource, items))
    await markEvents(
      tx,
      keyOf(source),
      events.map(({ unified_id }) => unified_id),
      { status: 'done' },
    )
  })
}

const batchOf = (source: Drained, { fence, sync_id }: Drain, resource: Resource, items: Item[]): Batch => ({
  key: keyOf(source),
  entry: source.entry,
  account: source.account,
  resource,
  fence: { connection: fence },
  items,
  ...(sync_id && { report: { sync_id, reading: { fetched: items.length, ...takeUsage(source) } } }),
})

const keyOf = ({ connection }: Drained) => ({ org_id: connection.org_id, connection_id: connection.id })
const idsOf = (rows: { event: PendingEvent }[]) => rows.map(({ event }) => event.unified_id)
