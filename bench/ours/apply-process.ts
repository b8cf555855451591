/**
 * `apply` alone: all items are in memory before it begins. They are written, then applied again unchanged, then with one in a
 * hundred changed; a line before and after each step tells it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '../../db/client.ts'
import { applyLoad, readLater, readLoads, type ApplyTask } from './loads.ts'

const MOMENT_MS = 300
const LATER_MS = 10_000

const task = JSON.parse(process.argv[2] ?? '{}') as ApplyTask
const { db, close } = createClient(task.appUrl, { max: 4, name: 'bench apply' })
const loads = await readLoads(db, task)
await step('created', 0, 0)
await step('unchanged', LATER_MS, 0)
await step('changed', 2 * LATER_MS, 0.01)
await close()
process.exit(0)

/** Both resources side by side, as two passes of one connection run. */
async function step(name: string, laterMs: number, share: number): Promise<void> {
  const later = loads.map((load) => readLater(load, laterMs, share))
  process.stdout.write(`bench: start ${name}\n`)
  await sleep(MOMENT_MS)
  const begin = performance.now()
  await Promise.all(later.map(applyLoad))
  process.stdout.write(`bench: done ${name} ${performance.now() - begin}\n`)
  await sleep(MOMENT_MS)
}
