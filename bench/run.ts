/** `npm run bench`: how fast, how lean, how right, against the peers and against what is possible. See README.md beside this. */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStopper } from '../stack/demo/stopper.ts'
import { onLauncherGone } from '../stack/watch-launchers.ts'
import type { Bench } from './bench.ts'
import { readOptions, USAGE, type BenchOptions, type Scenario } from './options.ts'
import { budget } from './scenarios/budget.ts'
import { copy } from './scenarios/copy.ts'
import { full } from './scenarios/full.ts'
import { memory } from './scenarios/memory.ts'
import { profile } from './scenarios/profile.ts'
import { repeat } from './scenarios/repeat.ts'
import { workers } from './scenarios/workers.ts'
import { startBenchPostgres } from './stand/postgres.ts'

const SCENARIOS: Record<Scenario, (bench: Bench) => Promise<void>> = {
  ...{ full, budget, repeat, memory, copy, workers, profile },
}
const say = (line: string) => void process.stdout.write(`${line}\n`)
const stopper = createStopper()

try {
  if (process.platform !== 'linux')
    throw new Error('bench: it reads what processes use from /proc, which only Linux has')
  const options = readOptions(process.argv.slice(2))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end(1))
  onLauncherGone(() => void end(1))
  if (options) await runAll(options)
  else say(USAGE)
  await end(0)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  await end(1)
}

async function runAll(options: BenchOptions): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'tributary-bench-'))
  // Postgres may run as another user, who has to pass.
  await chmod(dir, 0o755)
  stopper.add(() => rm(dir, { recursive: true, force: true }))
  const postgres = await startBenchPostgres(dir)
  stopper.add(() => postgres.stop())
  sayMachine(postgres.version)
  for (const name of options.scenarios) await SCENARIOS[name]({ options, dir, postgres, say })
}

function sayMachine(postgresVersion: string): void {
  const load = loadavg()[0]!.toFixed(1)
  const machine = `${availableParallelism()} cores (${cpus()[0]?.model.trim()}), load ${load} before it began`
  say(`${machine}; Node ${process.versions.node}, Postgres ${postgresVersion}`)
}

async function end(code: number): Promise<void> {
  await stopper.stopAll()
  process.exit(code)
}
