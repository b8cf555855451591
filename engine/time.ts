import { setTimeout as sleep } from 'node:timers/promises'

/** Our own clock, and waiting by it: handed in, so that a month can go by in a test. */
export type Time = {
  /** ms since 1970. */
  now(): number
  sleep(ms: number, signal: AbortSignal): Promise<unknown>
}

export const systemTime: Time = {
  now: () => Date.now(),
  sleep: (ms, signal) => sleep(ms, undefined, { signal }),
}
