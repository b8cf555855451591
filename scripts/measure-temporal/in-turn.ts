/** What ../measure-temporal.ts measures. */
import { proxyActivities } from '@temporalio/workflow'

const { nothing } = proxyActivities<{ nothing(): Promise<void> }>({ startToCloseTimeout: '10 seconds' })

/** Runs so many activities, one after another. */
export async function inTurn(activities: number): Promise<void> {
  for (let done = 0; done < activities; done++) await nothing()
}
