/** More worker processes, on one connection and on eight. */
import { onStage, showTable, type Bench } from '../bench.ts'
import { checkOurs, measureSync, withDeployment } from '../ours/contender.ts'
import type { Stage } from '../stage.ts'
import { show, type Row } from '../table.ts'

const WORKERS = [1, 2, 4]
const CONNECTIONS = [1, 8]

export async function workers(bench: Bench): Promise<void> {
  const rows: Row[] = []
  for (const connections of CONNECTIONS) {
    const customers = Math.round(bench.options.each / connections)
    await onStage(bench, { customers, charges: 0 }, async (stage) => {
      for (const count of WORKERS) rows.push(await runWith(stage, { workers: count, connections, customers }))
    })
  }
  showTable(bench, 'Workers and connections', rows)
}

type Shape = { workers: number; connections: number; customers: number }

const runWith = (stage: Stage, shape: Shape): Promise<Row> =>
  withDeployment(stage, shape, async (deployment) => {
    const usage = await measureSync(stage, deployment, ['customer'])
    const wrong = await checkOurs(stage, deployment, ['customer'])
    return {
      connections: String(shape.connections),
      workers: String(shape.workers),
      'objects/s': wrong ? `failed (${wrong})` : show((shape.customers * shape.connections) / usage.seconds),
      'workers’ CPU s': show(usage.cpu),
      'Postgres CPU s': show(usage.postgresCpu),
      'Temporal CPU s': show(usage.temporalCpu),
      'sandbox CPU s': show(usage.sandboxCpu),
    }
  })
