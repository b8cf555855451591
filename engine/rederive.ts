/** Makes the records of a resource anew from what is stored of it, after its mapper has changed. The source is not asked. */
import type { Resource } from '@tributary/sdk'
import { findConnection } from '../db/connections.ts'
import { findCursor, saveCursor } from '../db/cursors.ts'
import { holdFence } from '../db/epochs.ts'
import type { Pass } from '../db/passes.ts'
import { listRaw } from '../db/raw-entities.ts'
import { findResourceState } from '../db/resource-states.ts'
import { asWorker, inOrg, type Tx } from '../db/tenancy.ts'
import type { EngineDeps } from './deps.ts'
import type { Pull, PullOutcome } from './pull.ts'
import { remap, type Remapping } from './remap.ts'

const BATCH = 500

export async function rederive(deps: EngineDeps, { pass, deadline, onBatch }: Pull): Promise<PullOutcome> {
  const inTransaction = <Result>(work: (tx: Tx) => Promise<Result>) => inOrg(deps.db, asWorker(pass.org_id), work)
  const remapping = await inTransaction((tx) => openRemapping(tx, deps, pass))
  let after = await inTransaction((tx) => lastSeq(tx, pass))
  while (Date.now() < deadline) {
    const from = after
    const last = await inTransaction((tx) => deriveBatch(tx, pass, remapping, from))
    if (last === undefined) return { state: 'done', started_ms: Date.now(), revision: null }
    after = last
    onBatch()
  }
  return { state: 'more' }
}

async function openRemapping(tx: Tx, deps: EngineDeps, pass: Pass): Promise<Remapping> {
  const connection = (await findConnection(tx, pass))!
  const { definition } = (await findResourceState(tx, pass))!
  return {
    entry: deps.registry.getConnector(connection.connector),
    account: connection.account,
    resource: current(deps, connection.connector, definition),
  }
}

/** As the manifest has it now; what only the source names is as it was found. */
const current = (deps: EngineDeps, connector: string, stored: Resource): Resource =>
  deps.registry.getConnector(connector).manifest.resources.find(({ name }) => name === stored.name) ?? stored

async function lastSeq(tx: Tx, pass: Pass): Promise<number> {
  const cursor = await findCursor(tx, pass, 'rederive')
  return cursor?.epoch === pass.fence.resource ? (cursor.position as { after: number }).after : 0
}

/** Gives the last one's `seq`; undefined: there are no more. */
async function deriveBatch(tx: Tx, pass: Pass, remapping: Remapping, after: number): Promise<number | undefined> {
  await holdFence(tx, pass, pass.fence)
  const rows = await listRaw(tx, pass, after, BATCH)
  const last = rows.at(-1)?.seq
  if (last === undefined) return undefined
  await remap(tx, pass, remapping, rows)
  await saveCursor(tx, pass, { lane: 'rederive', epoch: pass.fence.resource, position: { after: last } })
  return last
}
