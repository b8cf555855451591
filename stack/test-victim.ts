import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { isRunning } from './process-table.ts'

const modules = fileURLToPath(new URL('../node_modules', import.meta.url))

/** A folder of the test's own, with a space in its name and open to all users; removed when the test has ended. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'a stack test '), 'utf8')
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }))
  return folder
}

/**
 * Runs `source` as `npm start` of a package: npm, a shell, tsx, node. Its imports are relative to stack/. Gives the first
 * line that it prints, which names pids by its own choice, and npm to be killed.
 */
export async function startVictim(source: string): Promise<{ npm: ChildProcess; pids: number[] }> {
  const folder = testFolder()
  const resolved = source.replaceAll("'./", `'${new URL('.', import.meta.url).href}`)
  writeFileSync(join(folder, 'start.mts'), resolved)
  // So that tsx is found below a folder with a space, as in a clone there.
  symlinkSync(modules, join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ scripts: { start: 'tsx start.mts' } }))
  const npm = spawn('npm', ['start', '--silent'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface({ input: npm.stdout }), 'line')) as [string]
  const pids = line.split(' ').map(Number)
  onTestFinished(() => pids.filter(isRunning).forEach((pid) => process.kill(pid, 'SIGKILL')))
  return { npm, pids }
}

/** Waits until none of them runs; gives the milliseconds that it took, or those that still run after 5 s. */
export async function untilGone(pids: number[]): Promise<number | number[]> {
  const started = Date.now()
  while (Date.now() - started < 5000) {
    if (!pids.some(isRunning)) return Date.now() - started
    await sleep(20)
  }
  return pids.filter(isRunning)
}
