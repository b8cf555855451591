/** A chunk of work of a pass: reading a resource, reading the account's events, or deriving records anew. */
import type { Pass } from '../db/passes.ts'
import type { PassResult } from '../db/pass-ends.ts'
import { noteWait } from '../db/sync-reports.ts'
import { asWorker, inOrg } from '../db/tenancy.ts'
import type { EngineDeps } from './deps.ts'
import { readFeed } from './feed.ts'
import { readResource } from './read-resource.ts'
import { rederive } from './rederive.ts'
import { LongWait } from './retry.ts'

export type PullOutcome =
  { state: 'more' } | { state: 'waiting'; until: string; reason: string } | ({ state: 'done' } & PassResult)
export type Pull = { pass: Pass; deadline: number; signal: AbortSignal; onBatch(): void }

/**
 * Goes on with a pass from its cursor until the deadline, the end, or a wait of more than seconds. Throws ConnectorError
 * where the source refuses, FencedError where the run was stopped.
 */
export async function pullChunk(deps: EngineDeps, pull: Pull): Promise<PullOutcome> {
  try {
    return await workOf(pull.pass)(deps, pull)
  } catch (error) {
    if (error instanceof LongWait) return waitFor(deps, pull.pass, error)
    throw error
  }
}

function workOf({ scan }: Pass): (deps: EngineDeps, pull: Pull) => Promise<PullOutcome> {
  if (scan === 'feed') return readFeed
  return scan === 'rederive' ? rederive : readResource
}

async function waitFor(deps: EngineDeps, pass: Pass, wait: LongWait): Promise<PullOutcome> {
  const until = wait.until.toISOString()
  await inOrg(deps.db, asWorker(pass.org_id), (tx) => noteWait(tx, pass, pass.sync_id, { until, reason: wait.reason }))
  return { state: 'waiting', until, reason: wait.reason }
}
