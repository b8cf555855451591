import { join } from 'node:path'
import { measure, type Stage, type Usage } from '../stage.ts'
import type { BenchDatabase } from '../stand/postgres.ts'
import { watchTypeScript } from '../stand/watched.ts'
import type { ApplyTask } from './loads.ts'

const STEPS = ['created', 'unchanged', 'changed'] as const
export type ApplySteps = Record<(typeof STEPS)[number], Usage>

const READY_MS = 120_000
const STEP_MS = 300_000

/** `apply` alone over all that the sandbox has, in a process of its own (see apply-process.ts). */
export async function measureApply(stage: Stage, database: BenchDatabase): Promise<ApplySteps> {
  const { url, accountId, secretKey } = stage.sandbox
  const task: ApplyTask = { ...database, sandbox: { url, accountId, secretKey } }
  const child = watchTypeScript(join(import.meta.dirname, 'apply-process.ts'), { args: [JSON.stringify(task)] })
  const steps: Partial<ApplySteps> = {}
  try {
    for (const name of STEPS) {
      await child.line(`bench: start ${name}`, READY_MS)
      steps[name] = await measure(stage, { pids: [child.pid] }, async () =>
        Number(await child.line(`bench: done ${name} `, STEP_MS)),
      )
    }
    return steps as ApplySteps
  } finally {
    await child.stop()
  }
}
