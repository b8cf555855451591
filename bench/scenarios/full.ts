/** The first full sync of customers and charges without latency, ours against the peers. */
import { onStage, showTable, type Bench } from '../bench.ts'
import { interleave, type Contender, type Run } from '../contender.ts'
import { installDlt, installNpmPeers } from '../install.ts'
import { ours } from '../ours/contender.ts'
import { dltPeers, npmPeers } from '../peers/contenders.ts'
import { sandboxAlone } from '../stand/sandbox.ts'
import { median, show, spread, type Row } from '../table.ts'

export async function full(bench: Bench): Promise<void> {
  const { customers, charges, large, peers } = bench.options
  const contenders = [ours, ...(peers ? await allPeers(bench) : [])]
  const rows = await compare(bench, { customers, charges }, contenders)
  const largeRows = large > 0 ? await compare(bench, { customers: large, charges: large }, [ours]) : []
  showTable(bench, 'First full sync, no latency', [...rows, ...largeRows])
}

async function allPeers({ say }: Bench): Promise<Contender[]> {
  await installNpmPeers(say)
  const python = await installDlt(say)
  return [...npmPeers(), ...(python ? dltPeers(python) : [])]
}

function compare(bench: Bench, counts: { customers: number; charges: number }, contenders: Contender[]) {
  return onStage(bench, counts, async (stage) => {
    bench.say(`The sandbox alone: ${show(await sandboxAlone(stage.sandbox))} objects/s`)
    const runs = await interleave(contenders, bench.options.rounds, stage, bench.say)
    return [...runs].map(([name, of]) => toRow(name, counts.customers + counts.charges, of))
  })
}

function toRow(name: string, objects: number, runs: Run[]): Row {
  const of = (value: (run: Run) => number) => median(runs.map(value))
  const rates = runs.map((run) => objects / run.seconds)
  const failed = runs.find((run) => run.wrong)
  return {
    contender: name,
    objects: show(objects),
    'objects/s': failed ? `failed (${failed.wrong})` : `${show(median(rates))} ±${show(spread(rates))} %`,
    'CPU s': show(of((run) => run.cpu)),
    'Temporal CPU s': show(of((run) => run.temporalCpu)),
    'Postgres CPU s': show(of((run) => run.postgresCpu)),
    'CPU µs/object': show(of((run) => (1e6 * (run.cpu + run.temporalCpu + run.postgresCpu)) / objects)),
    'peak MB': show(of((run) => run.peakMb)),
    requests: show(of((run) => run.requests)),
    'WAL MB': show(of((run) => run.walBytes / 1e6)),
    rounds: String(runs.length),
  }
}
