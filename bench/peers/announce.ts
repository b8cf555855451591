import { setTimeout as sleep } from 'node:timers/promises'

/** What a measured process is told, as JSON in its first argument. */
export type PeerTask = {
  databaseUrl: string
  /** host:port of the sandbox. */
  host: string
  port: number
  secretKey: string
  apiVersion: string
  accountId: string
  /** Or as its authors ship it. */
  best: boolean
  /** Requests a second that it may make, where its settings can say so. */
  rate?: number
}

export const taskGiven = (): PeerTask => JSON.parse(process.argv[2] ?? '{}') as PeerTask

/** The bench reads the process's CPU time and memory at these lines, so it stays as it is for a moment around them. */
const MOMENT_MS = 300

/** Runs what is measured, between two lines that the bench waits for. */
export async function measured(work: () => Promise<unknown>): Promise<void> {
  process.stdout.write('bench: start\n')
  await sleep(MOMENT_MS)
  const begin = performance.now()
  await work()
  process.stdout.write(`bench: done ${performance.now() - begin}\n`)
  await sleep(MOMENT_MS)
}
