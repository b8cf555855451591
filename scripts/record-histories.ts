/** Writes one history of each workflow, taken from the server of TEMPORAL_ADDRESS (`npm start` prints it), for replay.test.ts. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { serviceAddress } from '../config.ts'
import { connectTemporal } from '../temporal/client.ts'

const FOLDER = join(import.meta.dirname, '../workflows/histories')
const TYPES = ['syncConnection', 'backfillResource', 'sweep']

const temporal = connectTemporal({ address: serviceAddress().TEMPORAL_ADDRESS, namespace: 'default' })
await mkdir(FOLDER, { recursive: true })
for (const type of TYPES) await record(type)
await temporal.close()

async function record(type: string): Promise<void> {
  const query = `WorkflowType = '${type}' AND ExecutionStatus = 'Completed'`
  for await (const { workflowId, runId } of temporal.client.workflow.list({ query })) {
    const history = await temporal.client.workflow.getHandle(workflowId, runId).fetchHistory()
    // Who recorded it (process and machine) is nobody's business, and is not replayed.
    const text = historyToJSON(history).replaceAll(/"identity": *"[^"]*"/g, `"identity": ""`)
    await writeFile(join(FOLDER, `${type}.json`), `${text}\n`)
    process.stdout.write(`${type}: ${history.events?.length ?? 0} events of ${workflowId}\n`)
    return
  }
  throw new Error(`there is no completed run of ${type}; let one complete first`)
}
