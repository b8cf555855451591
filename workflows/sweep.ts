import { orchestration } from './policies.ts'

/** Puts right what a crash between two steps can leave behind. Started by a schedule. */
export async function sweep(): Promise<{ woken: number; closed: number }> {
  return orchestration.sweepSyncs()
}
