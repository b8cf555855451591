import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readProcess } from '../process-table.ts'

/** Keeps a second `npm start` off the same data: two Temporal servers on one file would ruin it. Throws with the pid that holds it. */
export async function lockData(dir: string): Promise<() => Promise<void>> {
  const file = join(dir, 'start.pid')
  const holder = Number(await readFile(file, 'utf8').catch(() => '0'))
  if (isStart(holder))
    throw new Error(
      `Another npm start (process ${holder}) uses ${dir}. Stop it, or give this one a folder of its own with TRIBUTARY_DATA_DIR.`,
    )
  await writeFile(file, String(process.pid))
  return () => rm(file, { force: true })
}

/** The number may have gone to somebody else since. */
function isStart(pid: number): boolean {
  const found = pid > 0 && pid !== process.pid ? readProcess(pid) : undefined
  return found !== undefined && !found.ended && found.argv.some((word) => word.endsWith('stack/start.ts'))
}
