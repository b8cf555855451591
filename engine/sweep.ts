/** What becomes of the rows that a complete pass has not seen. */
import { FencedError } from '../db/epochs.ts'
import { findResourceState, countLive } from '../db/resource-states.ts'
import { countMissing, listMissing } from '../db/raw-entities.ts'
import { findConnection } from '../db/connections.ts'
import { asWorker, inOrg, type Tx } from '../db/tenancy.ts'
import type { Pass } from '../db/passes.ts'
import type { PassResult, Sweep } from '../db/pass-ends.ts'
import { apply, type Batch } from './apply.ts'
import type { EngineDeps } from './deps.ts'
import type { Item } from './news.ts'

/** More than this share of a resource, and more than a few, is rather a wrong key or a wrong account than so many deletions. */
const GUARD_SHARE = 0.1
const GUARD_COUNT = 50
const BATCH = 1000

/** A generation over a resource, and when it began (ms of the source's clock). */
export type Generation = Pick<Pass, 'org_id' | 'connection_id' | 'sync_id' | 'resource' | 'generation'> & {
  fence: Batch['fence']
  before: number
}

/**
 * Marks what a complete pass has not seen as deleted, unless that is more than can be believed. undefined: the pass cannot say
 * what is gone, since it was not to read everything.
 */
export async function sweep(deps: EngineDeps, pass: Pass, result: PassResult): Promise<Sweep | undefined> {
  const tenant = asWorker(pass.org_id)
  const generation = { ...pass, before: result.started_ms }
  const state = await inOrg(deps.db, tenant, (tx) => findResourceState(tx, pass))
  // Of a resource that is only ever added to, none is gone.
  if (result.limited || state?.definition.sweep === false) return undefined
  if (result.same) return { state: 'done' }
  const found = await inOrg(deps.db, tenant, (tx) => count(tx, generation))
  if (found.missing > GUARD_COUNT && found.missing > found.live * GUARD_SHARE)
    return { state: 'suspected', count: found.missing }
  await deleteMissing(deps, generation)
  return { state: 'done' }
}

async function count(tx: Tx, generation: Generation) {
  return { missing: await countMissing(tx, generation, generation), live: await countLive(tx, generation) }
}

/**
 * Batch by batch, so that it can be stopped and gone on with at any point; gives how many. Each object is looked at once: one
 * that is heard of at this moment stays.
 */
export async function deleteMissing(deps: EngineDeps, generation: Generation): Promise<number> {
  const tenant = asWorker(generation.org_id)
  let deleted = 0
  for (let after: number | undefined = 0; after !== undefined;) {
    const from: number = after
    const batch = await inOrg(deps.db, tenant, (tx) => deleteBatch(deps, tx, { ...generation, after: from }))
    deleted += batch.deleted
    after = batch.last
  }
  return deleted
}

/** `last`: the one behind which to go on; undefined: there are no more. */
async function deleteBatch(deps: EngineDeps, tx: Tx, generation: Generation & { after: number }) {
  const missing = await listMissing(tx, generation, generation, BATCH)
  if (missing.length === 0) return { deleted: 0, last: undefined }
  const connection = await findConnection(tx, generation)
  const state = await findResourceState(tx, generation)
  if (!connection || !state) throw new FencedError()
  const { counts } = await apply(tx, {
    key: { org_id: generation.org_id, connection_id: generation.connection_id },
    entry: deps.registry.getConnector(connection.connector),
    account: connection.account,
    resource: state.definition,
    fence: generation.fence,
    items: missing.map(({ external_id }) => toDeletion(external_id, generation.before)),
    report: { sync_id: generation.sync_id, reading: {} },
  })
  return { deleted: counts.deleted, last: missing.at(-1)!.seq }
}

const toDeletion = (id: string, version: number): Item => ({
  id,
  origin: 'inferred',
  op: 'delete',
  version,
  hash: '',
  archived: false,
  archived_at: null,
  payload: undefined,
  raw: '',
})
