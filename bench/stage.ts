import type { BenchPostgres } from './stand/postgres.ts'
import { cpuSeconds, peakMegabytes } from './stand/process-usage.ts'
import type { BenchSandbox } from './stand/sandbox.ts'

/** What all contenders of a scenario share. */
export type Stage = { dir: string; postgres: BenchPostgres; sandbox: BenchSandbox }

/** What one run took. CPU in seconds, of the processes that are the contender's, of Temporal's server, and of Postgres. */
export type Usage = {
  seconds: number
  cpu: number
  temporalCpu: number
  postgresCpu: number
  sandboxCpu: number
  /** Of the largest process of the contender, over its life. */
  peakMb: number
  requests: number
  walBytes: number
}

type Processes = { pids: number[]; temporalPid?: number }

/** Runs `work` and looks at what was used meanwhile. Where it gives milliseconds, these are how long it took. */
export async function measure(stage: Stage, processes: Processes, work: () => Promise<number | void>): Promise<Usage> {
  await stage.sandbox.forget()
  const before = await countersOf(stage, processes)
  const begin = performance.now()
  const told = await work()
  const ms = told ?? performance.now() - begin
  const after = await countersOf(stage, processes)
  const since = (name: keyof typeof after) => after[name] - before[name]
  const requests = Object.values(await stage.sandbox.requests()).reduce((sum, count) => sum + count, 0)
  return {
    seconds: ms / 1000,
    cpu: since('cpu'),
    temporalCpu: since('temporal'),
    postgresCpu: since('postgres'),
    sandboxCpu: since('sandbox'),
    peakMb: Math.max(0, ...processes.pids.map(peakMegabytes)),
    requests,
    walBytes: since('wal'),
  }
}

const countersOf = async ({ postgres, sandbox }: Stage, { pids, temporalPid }: Processes) => ({
  cpu: pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0),
  temporal: temporalPid ? cpuSeconds(temporalPid) : 0,
  postgres: cpuSeconds(postgres.pid),
  sandbox: cpuSeconds(sandbox.pid),
  wal: await postgres.walBytes(),
})
