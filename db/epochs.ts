import { and, eq, sql } from 'drizzle-orm'
import type { ConnectionKey } from './connections.ts'
import { epochs } from './schema/index.ts'
import type { Tx } from './tenancy.ts'

/** The epochs at which a run began. Without that of the resource: what is told of it by events, whoever reads it. */
export type Fence = { connection: number; resource?: number }

export class FencedError extends Error {
  override name = 'FencedError'
  constructor() {
    super('this run was stopped or replaced by another; it writes nothing more')
  }
}

/**
 * Throws FencedError unless the run is still the one that may write, and holds that until the transaction ends. The row
 * of the resource is locked for us alone: with one writer at a time, what was read before a write is still so at the write.
 */
export async function holdFence(tx: Tx, key: ConnectionKey & { resource: string }, fence: Fence): Promise<void> {
  const [shared, own] = await Promise.all([
    tx.select({ epoch: epochs.epoch }).from(epochs).where(ofResource(key, '')).for('share'),
    tx.select({ epoch: epochs.epoch }).from(epochs).where(ofResource(key, key.resource)).for('no key update'),
  ])
  if (shared[0]?.epoch !== fence.connection) throw new FencedError()
  if (fence.resource !== undefined && own[0]?.epoch !== fence.resource) throw new FencedError()
}

/** Takes a resource over: whoever held its epoch can write no more. */
export async function bumpEpoch(tx: Tx, key: ConnectionKey, resource: string): Promise<number> {
  const [row] = await tx
    .insert(epochs)
    .values({ org_id: key.org_id, connection_id: key.connection_id, resource })
    .onConflictDoUpdate({
      target: [epochs.org_id, epochs.connection_id, epochs.resource],
      set: { epoch: sql`${epochs.epoch} + 1` },
    })
    .returning({ epoch: epochs.epoch })
  return row!.epoch
}

/** Throws FencedError if the run may not write any more, without holding anything. */
export async function checkFence(tx: Tx, key: ConnectionKey & { resource: string }, fence: Fence): Promise<void> {
  const now = await readFence(tx, key, key.resource)
  if (now.connection !== fence.connection || now.resource !== fence.resource) throw new FencedError()
}

export async function readFence(tx: Tx, key: ConnectionKey, resource: string): Promise<Required<Fence>> {
  const rows = await tx
    .select({ resource: epochs.resource, epoch: epochs.epoch })
    .from(epochs)
    .where(and(eq(epochs.org_id, key.org_id), eq(epochs.connection_id, key.connection_id)))
  const epochOf = (name: string) => rows.find((row) => row.resource === name)?.epoch ?? 0
  return { connection: epochOf(''), resource: epochOf(resource) }
}

const ofResource = (key: ConnectionKey, resource: string) =>
  and(eq(epochs.org_id, key.org_id), eq(epochs.connection_id, key.connection_id), eq(epochs.resource, resource))
