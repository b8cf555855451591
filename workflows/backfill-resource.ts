import { continueAsNew, setCurrentDetails } from '@temporalio/workflow'
import type { Pass, PassEnd } from '../activities/index.ts'
import { runPass } from './run-pass.ts'

export type BackfillInput = { pass: Pass }

/** One pass over all of a resource, which may take hours, apart from the runs that keep fresh what has been read. */
export async function backfillResource({ pass }: BackfillInput): Promise<PassEnd['status']> {
  const status = await runPass(pass)
  if (status === 'more') return continueAsNew<typeof backfillResource>({ pass })
  setCurrentDetails(`Ended as **${status}**`)
  return status
}
