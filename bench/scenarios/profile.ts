/** Our own split: where the time of one object goes. */
import { join } from 'node:path'
import { onStage, showTable, type Bench } from '../bench.ts'
import { RESOURCES } from '../ours/connect.ts'
import type { ApplyTask } from '../ours/loads.ts'
import type { Profile } from '../ours/profile.ts'
import { watchTypeScript } from '../stand/watched.ts'
import { show, type Row } from '../table.ts'

const WITHIN_MS = 300_000

export async function profile(bench: Bench): Promise<void> {
  const { rows: each } = bench.options
  await onStage(bench, { customers: each, charges: each }, async ({ sandbox, postgres }) => {
    const database = await postgres.create('ours')
    const { url, accountId, secretKey } = sandbox
    const task: ApplyTask = { ...database, sandbox: { url, accountId, secretKey } }
    const file = join(import.meta.dirname, '../ours/profile-process.ts')
    const child = watchTypeScript(file, { args: [JSON.stringify(task)] })
    for (const resource of RESOURCES) {
      const line = await child.line(`bench: profile ${resource} `, WITHIN_MS)
      showTable(bench, `Where the time of a ${resource} goes`, toRows(JSON.parse(line) as Profile))
    }
    await child.stop()
    await database.drop()
  })
}

const toRows = ({ objects, steps }: Profile): Row[] =>
  Object.entries(steps).map(([step, { cpu, elapsed }]) => ({
    step,
    'client CPU µs/object': cpu ? show(cpu / objects) : '',
    'elapsed µs/object': elapsed ? show(elapsed / objects) : '',
  }))
