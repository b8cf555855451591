import { and, eq, inArray } from 'drizzle-orm'
import type { ConnectionKey } from './connections.ts'
import { FEED } from './passes.ts'
import { cursors, resourceStates } from './schema/index.ts'
import type { Tx } from './tenancy.ts'

/** What is known of a connection's resources, and from where each can be read on. */
export type Lanes = {
  states: Map<string, { complete_generation: number; completed_at: string | null }>
  /** Positions are the engine's. */
  incremental: Map<string, object>
  feed: object | undefined
}

export async function findLanes(tx: Tx, key: ConnectionKey): Promise<Lanes> {
  const { resource, complete_generation, completed_at } = resourceStates
  const states = await tx
    .select({ resource, complete_generation, completed_at })
    .from(resourceStates)
    .where(and(eq(resourceStates.org_id, key.org_id), eq(resourceStates.connection_id, key.connection_id)))
  const positions = await tx
    .select({ resource: cursors.resource, lane: cursors.lane, position: cursors.position })
    .from(cursors)
    .where(
      and(
        eq(cursors.org_id, key.org_id),
        eq(cursors.connection_id, key.connection_id),
        inArray(cursors.lane, ['incremental', 'feed']),
      ),
    )
  const ofLane = (lane: string) => positions.filter((row) => row.lane === lane)
  return {
    states: new Map(states.map((state) => [state.resource, state])),
    incremental: new Map(ofLane('incremental').map((row) => [row.resource, row.position as object])),
    feed: ofLane('feed').find((row) => row.resource === FEED)?.position as object | undefined,
  }
}
