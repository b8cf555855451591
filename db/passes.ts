/** A pass: one full reading of one resource by one workflow. */
import { and, eq, sql } from 'drizzle-orm'
import type { Resource } from '@tributary/sdk'
import type { ConnectionKey } from './connections.ts'
import { dropCursor } from './cursors.ts'
import type { ResourceKey } from './entities.ts'
import { bumpEpoch, readFence, type Fence } from './epochs.ts'
import { resourceStates, syncResources } from './schema/index.ts'
import type { SyncRow } from './syncs.ts'
import type { Tx } from './tenancy.ts'

/** One full pass over one resource: who may write it (`fence`) and which workflow does. */
export type Pass = PassKey & { fence: Fence; workflow_id: string }
export type PassKey = ConnectionKey & {
  sync_id: string
  resource: string
  generation: number
}

export const FULL_LANE = 'full'

/** Starts a pass over each resource: a new generation, a new epoch, no cursor. Passes that are there already stay. */
export async function startPasses(tx: Tx, lead: SyncRow, resources: Resource[]): Promise<Pass[]> {
  const passes: Pass[] = []
  for (const resource of resources) passes.push(await startPass(tx, lead, resource))
  return passes
}

export const passWorkflowId = (pass: { connection_id: string; resource: string; generation: number }): string =>
  `backfill/${pass.connection_id}/${pass.resource}/${pass.generation}`

async function startPass(tx: Tx, lead: SyncRow, resource: Resource): Promise<Pass> {
  const key = { org_id: lead.org_id, connection_id: lead.connection_id, resource: resource.name }
  const generation = (await findPass(tx, key, lead.id)) ?? (await newPass(tx, key, lead, resource))
  const fence = await readFence(tx, key, resource.name)
  const pass = { ...key, sync_id: lead.id, generation, fence }
  return { ...pass, workflow_id: passWorkflowId(pass) }
}

async function newPass(tx: Tx, key: ResourceKey, lead: SyncRow, resource: Resource): Promise<number> {
  await bumpEpoch(tx, key, resource.name)
  await dropCursor(tx, key, FULL_LANE)
  const [state] = await tx
    .insert(resourceStates)
    .values({ ...key, definition: resource, generation: 1 })
    .onConflictDoUpdate({
      target: [resourceStates.org_id, resourceStates.connection_id, resourceStates.resource],
      set: { definition: resource, generation: sql`${resourceStates.generation} + 1` },
    })
    .returning({ generation: resourceStates.generation })
  const note =
    lead.mode === 'incremental'
      ? `${resource.name} cannot be read incrementally yet: a full pass was run instead`
      : null
  const report = { scan: 'full' as const, status: 'running' as const, generation: state!.generation, note }
  await tx.delete(syncResources).where(ofReport(key, lead.id))
  await tx.insert(syncResources).values({ org_id: key.org_id, sync_id: lead.id, resource: resource.name, ...report })
  return state!.generation
}

/** A row that an earlier run of the same sync left behind is not running any more. */
async function findPass(tx: Tx, key: ResourceKey, sync_id: string): Promise<number | undefined> {
  const [row] = await tx
    .select({ generation: syncResources.generation })
    .from(syncResources)
    .where(and(ofReport(key, sync_id), eq(syncResources.status, 'running')))
  return row?.generation
}

const ofReport = (key: { org_id: string; resource: string }, sync_id: string) =>
  and(
    eq(syncResources.org_id, key.org_id),
    eq(syncResources.sync_id, sync_id),
    eq(syncResources.resource, key.resource),
  )
