import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isRunning } from './process-table.ts'

/**
 * A new folder `<parent>/<name>-<pid>-…`, for this user alone, for what is in the making or lasts as long as this
 * process. What processes that were killed left under the same name is removed.
 */
export async function makeWorkFolder(parent: string, name: string): Promise<string> {
  await mkdir(parent, { recursive: true })
  for (const entry of await readdir(parent)) {
    const pid = entry.startsWith(`${name}-`) ? Number(entry.slice(name.length + 1).split('-')[0]) : NaN
    // What is another user's cannot be removed, and does not stand in our way.
    if (pid > 0 && !isRunning(pid)) await rm(join(parent, entry), { recursive: true, force: true }).catch(() => {})
  }
  return mkdtemp(join(parent, `${name}-${process.pid}-`))
}
