/** What it costs to look at everything again: with nothing changed, and with one object in a hundred. */
import { onStage, showTable, type Bench } from '../bench.ts'
import { measureApply } from '../ours/apply.ts'
import { RESOURCES } from '../ours/connect.ts'
import { checkOurs, measureSync, withDeployment } from '../ours/contender.ts'
import type { Run } from '../contender.ts'
import type { Stage } from '../stage.ts'
import { show, type Row } from '../table.ts'

const SHARE = 0.01

export async function repeat(bench: Bench): Promise<void> {
  const { rows: each } = bench.options
  const objects = 2 * each
  const rows = await onStage(bench, { customers: each, charges: each }, async (stage) => [
    ...(await applyAlone(stage, objects)),
    ...(await withFetching(stage, objects)),
  ])
  showTable(bench, 'Everything once more', rows)
}

async function applyAlone(stage: Stage, objects: number): Promise<Row[]> {
  const database = await stage.postgres.create('ours')
  const steps = await measureApply(stage, database)
  await database.drop()
  return [
    toRow({ what: 'apply alone', changed: 'all new' }, objects, steps.created),
    toRow({ what: 'apply alone', changed: 'nothing' }, objects, steps.unchanged),
    toRow({ what: 'apply alone', changed: '1 %' }, objects, steps.changed),
  ]
}

const withFetching = (stage: Stage, objects: number): Promise<Row[]> =>
  withDeployment(stage, {}, async (deployment) => {
    const run = async (changed: string) => {
      const usage = await measureSync(stage, deployment, RESOURCES)
      const wrong = await checkOurs(stage, deployment, RESOURCES)
      return toRow({ what: 'with fetching', changed }, objects, { ...usage, wrong })
    }
    const rows = [await run('all new'), await run('nothing')]
    for (const resource of RESOURCES) await stage.sandbox.change(resource, SHARE)
    return [...rows, await run('1 %')]
  })

function toRow(named: Row, objects: number, { wrong, ...usage }: Run): Row {
  return {
    ...named,
    'objects/s': wrong ? `failed (${wrong})` : show(objects / usage.seconds),
    'CPU µs/object': show((1e6 * (usage.cpu + usage.postgresCpu + usage.temporalCpu)) / objects),
    'WAL bytes/object': show(usage.walBytes / objects),
  }
}
