/** What the worker holds at most, and how long Temporal's histories become, by the size of the load. */
import { onStage, showTable, type Bench } from '../bench.ts'
import { checkOurs, measureSync, withDeployment } from '../ours/contender.ts'
import type { Stage } from '../stage.ts'
import { show, type Row } from '../table.ts'

const FEW = 10_000

export async function memory(bench: Bench): Promise<void> {
  const rows: Row[] = []
  for (const customers of [FEW, bench.options.most])
    rows.push(await onStage(bench, { customers, charges: 0 }, (stage) => load(stage, customers)))
  showTable(bench, 'Memory and history, by the size of the load', rows)
}

const load = (stage: Stage, customers: number): Promise<Row> =>
  withDeployment(stage, {}, async (deployment) => {
    const { seconds, peakMb } = await measureSync(stage, deployment, ['customer'])
    const wrong = await checkOurs(stage, deployment, ['customer'])
    return {
      objects: show(customers),
      'objects/s': wrong ? `failed (${wrong})` : show(customers / seconds),
      'peak MB of the worker': show(peakMb),
      'events of the longest history': show((await deployment.historyLengths())[0] ?? 0),
    }
  })
