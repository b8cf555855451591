import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  setCurrentDetails,
  sleep,
  workflowInfo,
} from '@temporalio/workflow'
import type { Pass, PassEnd, PullOutcome } from '../activities/index.ts'
import { CHUNKS_PER_RUN, orchestration, pull } from './policies.ts'

type Done = Extract<PullOutcome, { state: 'done' }>

/**
 * One pass, chunk by chunk from its cursor, and its end in the report whatever happens. 'more': its history is long enough,
 * and it is to be gone on with in a new run.
 */
export async function runPass(pass: Pass): Promise<PassEnd['status'] | 'more'> {
  let end: PassEnd
  try {
    const done = await pullToTheEnd(pass)
    if (!done) return 'more'
    const { state: _, ...result } = done
    end = { status: 'succeeded', ...result }
  } catch (error) {
    end = endOf(error)
  }
  // What has happened is recorded even where the reason is a cancellation.
  const { status } = await CancellationScope.nonCancellable(() => orchestration.closePass({ pass, end }))
  return status
}

async function pullToTheEnd(pass: Pass): Promise<Done | undefined> {
  for (let chunk = 1; ; chunk++) {
    setCurrentDetails(`Reading **${pass.resource}**, chunk ${chunk}`)
    const options = { summary: `${pass.resource}, chunk ${chunk}`, priority: priorityOf(pass) }
    const outcome = await pull.pullChunk.executeWithOptions(options, [pass])
    if (outcome.state === 'done') return outcome
    if (outcome.state === 'waiting') await waitUntil(outcome)
    if (chunk >= CHUNKS_PER_RUN || workflowInfo().continueAsNewSuggested) return undefined
  }
}

/** What keeps fresh goes before what takes hours, and of each the organisations take turns. */
const priorityOf = (pass: Pass) => ({ priorityKey: isLong(pass) ? 4 : 2, fairnessKey: pass.org_id })

/** Kept equal to db/passes.ts by a test: a workflow may import types only. */
export const isLong = ({ scan }: Pass): boolean => scan !== 'incremental' && scan !== 'feed'

/** A wait of more than seconds costs no worker, survives restarts, and says what it waits for. */
async function waitUntil(wait: { until: string; reason: string }): Promise<void> {
  const summary = `${wait.reason}, until ${wait.until}`
  setCurrentDetails(`Waiting: ${summary}`)
  await sleep(Math.max(0, Date.parse(wait.until) - Date.now()), { summary })
}

/** The interceptor of the workers has put the reason into words (see workers/failures.ts). */
function endOf(error: unknown): PassEnd {
  const cause = error instanceof ActivityFailure ? error.cause : error
  if (isCancellation(error) || (cause instanceof ApplicationFailure && cause.type === 'fenced'))
    return { status: 'cancelled' }
  if (!(cause instanceof ApplicationFailure)) throw error
  return { status: 'failed', failure: { code: cause.type ?? 'failed', message: cause.message } }
}
