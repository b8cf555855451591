/** Writes one history of each workflow, taken from the server of TEMPORAL_ADDRESS (`npm start` prints it), for replay.test.ts. */
import { mkdir, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { serviceAddress } from '../config.ts'
import { connectTemporal } from '../temporal/client.ts'

const FOLDER = join(import.meta.dirname, '../workflows/histories')
type History = Awaited<ReturnType<typeof fetchHistory>>
const reads = (history: History) =>
  history.events?.some((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'pullChunk') ??
  false
const KINDS: { type: string; file: string; is(history: History): boolean }[] = [
  { type: 'syncConnection', file: 'syncConnection', is: (history) => !reads(history) },
  { type: 'syncConnection', file: 'syncConnection.incremental', is: reads },
  { type: 'backfillResource', file: 'backfillResource', is: reads },
  { type: 'sweep', file: 'sweep', is: () => true },
]

const temporal = connectTemporal({ address: serviceAddress().TEMPORAL_ADDRESS, namespace: 'default' })
await mkdir(FOLDER, { recursive: true })
for (const kind of KINDS) await record(kind)
await temporal.close()

function fetchHistory(workflowId: string, runId: string) {
  return temporal.client.workflow.getHandle(workflowId, runId).fetchHistory()
}

async function record({ type, file, is }: (typeof KINDS)[number]): Promise<void> {
  const query = `WorkflowType = '${type}' AND ExecutionStatus = 'Completed'`
  for await (const { workflowId, runId } of temporal.client.workflow.list({ query })) {
    const history = await fetchHistory(workflowId, runId)
    if (!is(history)) continue
    // Who recorded it (process and machine) is nobody's business, and is not replayed.
    const text = historyToJSON(history)
      .replaceAll(/"identity": *"[^"]*"/g, `"identity": ""`)
      .replaceAll(hostname(), 'host')
    await writeFile(join(FOLDER, `${file}.json`), `${text}\n`)
    process.stdout.write(`${file}: ${history.events?.length ?? 0} events of ${workflowId}\n`)
    return
  }
  throw new Error(`there is no completed run of ${file}; let one complete first`)
}
