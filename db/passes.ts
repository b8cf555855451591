/** A pass: one reading of one resource by one run, full or of what is new. */
import { and, eq, sql } from 'drizzle-orm'
import type { Resource } from '@tributary/sdk'
import type { ConnectionKey } from './connections.ts'
import { dropCursor } from './cursors.ts'
import type { ResourceKey } from './entities.ts'
import { bumpEpoch, readFence, type Fence } from './epochs.ts'
import { resourceStates, syncResources, type scans } from './schema/index.ts'
import type { SyncRow } from './syncs.ts'
import type { Tx } from './tenancy.ts'

export type Scan = (typeof scans)[number]
/** Who may write it (`fence`), and which workflow does. */
export type Pass = PassKey & { scan: Scan; fence: Required<Fence>; workflow_id: string }
export type PassKey = ConnectionKey & { sync_id: string; resource: string; generation: number }
/** How a resource is to be read, and what an operator should know of that. */
export type Planned = { resource: Resource; scan: Scan; note: string | null }

/** The account's list of events, as the resource that it is read as. What it fills has no pass of its own. */
export const FEED = 'events'

/** Hours of reading are a workflow of their own, so that they never block the minutes of keeping fresh. */
export const isLong = (scan: string): boolean => scan === 'full' || scan === 'rederive'

/** Starts a pass over each resource, and one over the feed for all that it fills. Passes that are there already stay. */
export async function startPasses(tx: Tx, lead: SyncRow, planned: Planned[]): Promise<Pass[]> {
  const passes: Pass[] = []
  for (const plan of planned) {
    const pass = await startPass(tx, lead, plan)
    if (plan.scan !== 'feed') passes.push(pass)
  }
  const fed = planned.find((plan) => plan.scan === 'feed')
  if (fed) passes.push(await startPass(tx, lead, { ...fed, resource: { ...fed.resource, name: FEED } }))
  return passes
}

/** The workflow that reads: the run's own, or one whose id no other pass can have. */
export function passWorkflowId(
  pass: Pick<PassKey, 'connection_id' | 'sync_id' | 'resource' | 'generation'> & { scan: string },
  run: { workflow_id: string | null },
): string {
  if (pass.scan === 'rederive') return `rederive/${pass.connection_id}/${pass.resource}/${pass.sync_id}`
  if (pass.scan === 'full') return `backfill/${pass.connection_id}/${pass.resource}/${pass.generation}`
  return run.workflow_id ?? ''
}

async function startPass(tx: Tx, lead: SyncRow, plan: Planned): Promise<Pass> {
  const key = { org_id: lead.org_id, connection_id: lead.connection_id, resource: plan.resource.name }
  const found = await findPass(tx, key, lead.id)
  const { scan, generation } = found ?? { scan: plan.scan, generation: await newPass(tx, key, lead, plan) }
  const fence = await readFence(tx, key, key.resource)
  const pass = { ...key, sync_id: lead.id, generation, scan, fence }
  return { ...pass, workflow_id: passWorkflowId(pass, lead) }
}

/** A new epoch for whoever reads; a full pass is a new generation as well, and begins without a cursor. */
async function newPass(tx: Tx, key: ResourceKey, lead: SyncRow, plan: Planned): Promise<number> {
  const isFull = plan.scan === 'full'
  if (plan.scan !== 'feed' || key.resource === FEED) await bumpEpoch(tx, key, key.resource)
  if (isLong(plan.scan)) await dropCursor(tx, key, plan.scan)
  const generation = key.resource === FEED ? 0 : await saveState(tx, key, plan.resource, isFull)
  const report = { scan: plan.scan, status: 'running' as const, generation, note: plan.note }
  await tx.delete(syncResources).where(ofReport(key, lead.id))
  await tx.insert(syncResources).values({ org_id: key.org_id, sync_id: lead.id, resource: key.resource, ...report })
  return generation
}

async function saveState(tx: Tx, key: ResourceKey, definition: Resource, isNew: boolean): Promise<number> {
  const by = isNew ? 1 : 0
  const [state] = await tx
    .insert(resourceStates)
    .values({ ...key, definition, generation: by })
    .onConflictDoUpdate({
      target: [resourceStates.org_id, resourceStates.connection_id, resourceStates.resource],
      set: {
        definition,
        generation: sql`${resourceStates.generation} + ${by}::int`,
        ...(isNew && { suspected_generation: null, revision: sql`nullif(${resourceStates.revision}, '')` }),
      },
    })
    .returning({ generation: resourceStates.generation })
  return state!.generation
}

/** A row that an earlier run of the same sync left behind is not running any more. */
async function findPass(tx: Tx, key: ResourceKey, sync_id: string) {
  const [row] = await tx
    .select({ generation: syncResources.generation, scan: syncResources.scan })
    .from(syncResources)
    .where(and(ofReport(key, sync_id), eq(syncResources.status, 'running')))
  return row
}

const ofReport = (key: { org_id: string; resource: string }, sync_id: string) =>
  and(
    eq(syncResources.org_id, key.org_id),
    eq(syncResources.sync_id, sync_id),
    eq(syncResources.resource, key.resource),
  )
